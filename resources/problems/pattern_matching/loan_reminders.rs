//! difficulty: 2
//! edition: 2024

#[derive(Debug, Clone)]
pub enum Reader {
    Member { name: String, mail: Option<String> },
    School { name: String },
    Staff,
}

#[derive(Debug, Clone)]
pub struct Loan {
    pub title: String,
    pub reader: Option<Reader>,
    /// Day on which the book is due.
    pub due: u32,
}

// entry
/// The reminder that is sent for a loan on the day `today`, as the address and the text:
///
/// - A member with a mail address that contains `@` gets a mail from two days before the book is due until the due
///   day itself, text `"<title> is due soon"`, and after the due day, text `"<title> is late by <days>"`.
/// - A member without such an address gets a letter to their name, but only if the book is late by 7 days or more,
///   same text as above.
/// - A school gets a letter to its name if the book is late by more than 30 days, same text as above.
/// - Staff get nothing, and nothing is sent for a book that nobody has (`reader` is `None`).
///
/// In all other cases `None`.
pub fn reminder(loan: &Loan, today: u32) -> Option<(String, String)> {
    let late = today.checked_sub(loan.due);
    let text = match late {
        None | Some(0) => format!("{} is due soon", loan.title),
        Some(days) => format!("{} is late by {days}", loan.title),
    };
    if let Some(Reader::Member { mail: Some(mail), .. }) = &loan.reader
        && mail.contains('@')
    {
        let soon = loan.due.saturating_sub(today) <= 2;
        return soon.then(|| (mail.clone(), text));
    }
    match (loan.reader.as_ref()?, late?) {
        (Reader::Member { name, .. }, 7..) | (Reader::School { name }, 31..) => Some((name.clone(), text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remind(reader: Option<Reader>, due: u32, today: u32) -> Option<(String, String)> {
        reminder(&Loan { title: "Fjords".to_string(), reader, due }, today)
    }

    fn member(mail: Option<&str>) -> Option<Reader> {
        Some(Reader::Member { name: "Ida".to_string(), mail: mail.map(str::to_string) })
    }

    fn sent(to: &str, text: &str) -> Option<(String, String)> {
        Some((to.to_string(), text.to_string()))
    }

    #[test]
    fn members_with_mail() {
        let ida = member(Some("i@a"));
        assert_eq!(remind(ida.clone(), 100, 97), None);
        assert_eq!(remind(ida.clone(), 100, 98), sent("i@a", "Fjords is due soon"));
        assert_eq!(remind(ida.clone(), 100, 100), sent("i@a", "Fjords is due soon"));
        assert_eq!(remind(ida.clone(), 100, 101), sent("i@a", "Fjords is late by 1"));
        assert_eq!(remind(ida.clone(), 100, 400), sent("i@a", "Fjords is late by 300"));
        assert_eq!(remind(ida.clone(), 1, 0), sent("i@a", "Fjords is due soon"));
        assert_eq!(remind(ida, u32::MAX, 0), None);
    }

    #[test]
    fn members_without_mail() {
        for nothing in [None, Some("ida"), Some("")] {
            let ida = member(nothing);
            assert_eq!(remind(ida.clone(), 100, 100), None);
            assert_eq!(remind(ida.clone(), 100, 106), None);
            assert_eq!(remind(ida.clone(), 100, 107), sent("Ida", "Fjords is late by 7"));
            assert_eq!(remind(ida, 100, 99), None);
        }
    }

    #[test]
    fn schools() {
        let school = Some(Reader::School { name: "Hill School".to_string() });
        assert_eq!(remind(school.clone(), 100, 130), None);
        assert_eq!(remind(school.clone(), 100, 131), sent("Hill School", "Fjords is late by 31"));
        assert_eq!(remind(school, 100, 98), None);
    }

    #[test]
    fn nobody_to_remind() {
        assert_eq!(remind(Some(Reader::Staff), 100, 900), None);
        assert_eq!(remind(Some(Reader::Staff), 100, 100), None);
        assert_eq!(remind(None, 100, 900), None);
        assert_eq!(remind(None, 100, 99), None);
    }
}
