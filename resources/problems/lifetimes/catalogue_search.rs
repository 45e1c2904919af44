//! difficulty: 2
/// The titles of a catalogue, which belong to somebody else.
#[derive(Debug)]
pub struct Catalogue<'c> {
    pub titles: Vec<&'c str>,
}

// entry
/// Two methods that look titles up. A title that is found may be used when the catalogue is gone,
/// and a query that comes back may be used as long as the query itself.
///
/// `pub fn find<'q>(&self, query: &'q str) -> Result<&'c str, &'q str>`: the first title that
/// begins with `query`, where lower and upper case ASCII letters are the same; `Err` with the query
/// itself where there is no such title, and for an empty query.
///
/// `pub fn longest(&self) -> Option<&'c str>`: the title with the most bytes, the first of them if
/// several have as many; `None` if there are no titles.
impl<'c> Catalogue<'c> {
    pub fn find<'q>(&self, query: &'q str) -> Result<&'c str, &'q str> {
        if query.is_empty() {
            return Err(query);
        }
        let begins = |title: &&str| {
            title
                .get(..query.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(query))
        };
        self.titles.iter().copied().find(begins).ok_or(query)
    }

    pub fn longest(&self) -> Option<&'c str> {
        self.titles
            .iter()
            .copied()
            .rev()
            .max_by_key(|title| title.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue<'static> {
        Catalogue {
            titles: vec![
                "Bee Lore",
                "Tide Tables",
                "beekeeping",
                "Été au port",
                "Looms of Ayr",
            ],
        }
    }

    #[test]
    fn the_first_that_begins_so() {
        assert_eq!(catalogue().find("bee"), Ok("Bee Lore"));
        assert_eq!(catalogue().find("BEEK"), Ok("beekeeping"));
        assert_eq!(catalogue().find("tide tables"), Ok("Tide Tables"));
        assert_eq!(catalogue().find("Été"), Ok("Été au port"));
    }

    #[test]
    fn the_query_comes_back() {
        assert_eq!(catalogue().find("Lore"), Err("Lore"));
        assert_eq!(catalogue().find("tide tables!"), Err("tide tables!"));
        assert_eq!(catalogue().find("été"), Err("été"));
        assert_eq!(catalogue().find("E"), Err("E"));
        assert_eq!(catalogue().find(""), Err(""));
        assert_eq!(Catalogue { titles: vec![] }.find("bee"), Err("bee"));
    }

    #[test]
    fn the_longest_title() {
        assert_eq!(catalogue().longest(), Some("Été au port"));
        assert_eq!(
            Catalogue {
                titles: vec!["a", "bcd", "ef", "ghi"]
            }
            .longest(),
            Some("bcd")
        );
        assert_eq!(Catalogue { titles: vec![] }.longest(), None);
        assert_eq!(Catalogue { titles: vec![""] }.longest(), Some(""));
    }

    #[test]
    fn titles_outlive_the_catalogue_and_the_query() {
        let text = String::from("Bee Lore,Tides");
        let (found, longest) = {
            let catalogue = Catalogue {
                titles: text.split(',').collect(),
            };
            let query = String::from("TIDES");
            (catalogue.find(&query).ok(), catalogue.longest())
        };
        assert!(std::ptr::eq(found.unwrap(), &text[9..]));
        assert!(std::ptr::eq(longest.unwrap(), &text[..8]));
    }

    #[test]
    fn queries_outlive_the_catalogue() {
        let query = String::from("kites");
        let back = {
            let title = String::from("Bee Lore");
            let catalogue = Catalogue {
                titles: vec![&title],
            };
            catalogue.find(&query).err()
        };
        assert!(std::ptr::eq(back.unwrap(), query.as_str()));
    }
}
