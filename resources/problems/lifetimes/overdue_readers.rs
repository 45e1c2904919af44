//! difficulty: 3
//! edition: 2024
/// A loan of the library at a desk.
#[derive(Debug)]
pub struct Loan {
    pub desk: String,
    pub reader: String,
    pub due: u32,
}

// entry
/// The readers of the loans of one desk that were due before `today`, in the order of the book.
///
/// A reader comes up once for each such loan. The desk is compared without regard to the case of
/// ASCII letters. The texts are those of `book`, and the iterator may be used when `desk` is gone.
pub fn overdue<'b>(
    book: &'b [Loan],
    desk: &str,
    today: u32,
) -> impl Iterator<Item = &'b str> + use<'b> {
    let desk = desk.to_string();
    book.iter()
        .filter(move |loan| loan.due < today && loan.desk.eq_ignore_ascii_case(&desk))
        .map(|loan| loan.reader.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loan(desk: &str, reader: &str, due: u32) -> Loan {
        Loan {
            desk: desk.to_string(),
            reader: reader.to_string(),
            due,
        }
    }

    fn book() -> Vec<Loan> {
        vec![
            loan("Maps", "Ida", 9),
            loan("maps", "Jon", 10),
            loan("Maps", "Kim", 11),
            loan("Music", "Lea", 3),
            loan("MAPS", "Ida", 0),
        ]
    }

    fn readers(book: &[Loan], desk: &str, today: u32) -> Vec<String> {
        overdue(book, desk, today).map(str::to_string).collect()
    }

    #[test]
    fn due_before_today() {
        assert_eq!(readers(&book(), "Maps", 11), ["Ida", "Jon", "Ida"]);
        assert_eq!(readers(&book(), "Maps", 10), ["Ida", "Ida"]);
        assert_eq!(readers(&book(), "Maps", 1), ["Ida"]);
        assert_eq!(readers(&book(), "Maps", 0), [""; 0]);
        assert_eq!(
            readers(&book(), "Maps", u32::MAX),
            ["Ida", "Jon", "Kim", "Ida"]
        );
    }

    #[test]
    fn only_the_desk() {
        assert_eq!(readers(&book(), "mUSIC", 99), ["Lea"]);
        assert_eq!(readers(&book(), "Map", 99), [""; 0]);
        assert_eq!(readers(&book(), "", 99), [""; 0]);
        assert_eq!(readers(&[], "Maps", 99), [""; 0]);
    }

    #[test]
    fn the_desk_may_be_gone() {
        let book = book();
        let found = {
            let desk = String::from("music");
            overdue(&book, &desk, 4)
        };
        let texts: Vec<&str> = found.collect();
        assert_eq!(texts, ["Lea"]);
        assert!(std::ptr::eq(texts[0], book[3].reader.as_str()));
    }

    #[test]
    fn texts_outlive_the_iterator() {
        let book = book();
        let mut found = overdue(&book, "maps", 10);
        let first = found.next();
        let second = found.next();
        assert_eq!(found.next(), None);
        drop(found);
        assert_eq!((first, second), (Some("Ida"), Some("Ida")));
        assert!(std::ptr::eq(second.unwrap(), book[4].reader.as_str()));
    }
}
