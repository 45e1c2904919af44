//! difficulty: 2
/// A book; there is one copy.
#[derive(Debug, PartialEq)]
pub struct Book(pub u32);

/// A shelf with the books on one topic.
#[derive(Debug, PartialEq)]
pub struct Shelf {
    pub topic: String,
    pub books: Vec<Book>,
}

// entry
/// The shelf for `topic`, to put books on.
///
/// `shelves` is sorted by topic (as `str` compares), every topic once. Where the topic (compared
/// exactly) has no shelf yet, an empty one is put in at its place, so that the order stays; the
/// shelf in question is returned either way. `topic` may be gone while the shelf is still in use.
pub fn shelf_for<'s>(shelves: &'s mut Vec<Shelf>, topic: &str) -> &'s mut Shelf {
    let place = match shelves.binary_search_by(|shelf| shelf.topic.as_str().cmp(topic)) {
        Ok(place) => place,
        Err(place) => {
            shelves.insert(
                place,
                Shelf {
                    topic: topic.to_string(),
                    books: Vec::new(),
                },
            );
            place
        }
    };
    &mut shelves[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(shelves: &[Shelf]) -> Vec<&str> {
        shelves.iter().map(|shelf| shelf.topic.as_str()).collect()
    }

    fn stocked(topics: &[&str]) -> Vec<Shelf> {
        let books = |place| vec![Book(place as u32 + 1)];
        topics
            .iter()
            .enumerate()
            .map(|(place, topic)| Shelf {
                topic: topic.to_string(),
                books: books(place),
            })
            .collect()
    }

    #[test]
    fn finds_what_is_there() {
        let topics_before = ["bees", "kites", "tides"];
        let mut shelves = stocked(&topics_before);
        for (place, topic) in topics_before.iter().enumerate() {
            let shelf = shelf_for(&mut shelves, topic);
            assert_eq!(shelf.books, [Book(place as u32 + 1)]);
        }
        assert_eq!(topics(&shelves), topics_before);
    }

    #[test]
    fn puts_new_shelves_in_order() {
        let mut shelves = Vec::new();
        for topic in ["looms", "bees", "tides", "kites", "", "zinc"] {
            let shelf = shelf_for(&mut shelves, topic);
            assert_eq!(
                *shelf,
                Shelf {
                    topic: topic.to_string(),
                    books: vec![]
                }
            );
        }
        assert_eq!(
            topics(&shelves),
            ["", "bees", "kites", "looms", "tides", "zinc"]
        );
    }

    #[test]
    fn books_stay_where_they_are_put() {
        let mut shelves = stocked(&["bees", "tides"]);
        shelf_for(&mut shelves, "looms").books.push(Book(40));
        shelf_for(&mut shelves, "bees").books.push(Book(50));
        shelf_for(&mut shelves, "looms").books.push(Book(60));
        let books: Vec<&[Book]> = shelves.iter().map(|shelf| shelf.books.as_slice()).collect();
        assert_eq!(
            books,
            [&[Book(1), Book(50)][..], &[Book(40), Book(60)], &[Book(2)]]
        );
    }

    #[test]
    fn the_topic_may_be_gone() {
        let mut shelves = stocked(&["bees"]);
        let shelf = {
            let topic = String::from("apes");
            shelf_for(&mut shelves, &topic)
        };
        shelf.books.push(Book(9));
        assert_eq!(
            shelves[0],
            Shelf {
                topic: "apes".to_string(),
                books: vec![Book(9)]
            }
        );
        assert_eq!(shelves.len(), 2);
    }

    #[test]
    fn case_matters() {
        let mut shelves = stocked(&["bees"]);
        assert!(shelf_for(&mut shelves, "Bees").books.is_empty());
        assert_eq!(topics(&shelves), ["Bees", "bees"]);
    }
}
