//! difficulty: 2
use std::collections::BTreeMap;

/// The paper of a slip; it cannot be copied.
#[derive(Debug, PartialEq)]
pub struct Paper {
    pub cents: i64,
    pub scan: Box<[u8]>,
}

/// A slip as it lies on the desk, with the account that somebody wrote on it.
#[derive(Debug, PartialEq)]
pub struct Slip {
    pub account: Option<String>,
    pub paper: Paper,
}

// entry
/// Files the slips of a desk: the papers of every account, and the loose ones.
///
/// - A paper over 0 cents is void and thrown away, whatever its account. An account with void
///   papers only does not show up.
/// - A slip with an account that is not empty goes to that account (names are compared exactly,
///   spaces and all).
/// - All other papers (no account, or an empty name) are loose.
///
/// Everywhere papers keep the order of the desk. Nothing is copied: the key of an account is the
/// very `String` of its first slip that was filed.
pub fn file_slips(desk: Vec<Slip>) -> (BTreeMap<String, Vec<Paper>>, Vec<Paper>) {
    let mut filed: BTreeMap<String, Vec<Paper>> = BTreeMap::new();
    let mut loose = Vec::new();
    for Slip { account, paper } in desk {
        if paper.cents == 0 {
            continue;
        }
        match account {
            Some(name) if !name.is_empty() => filed.entry(name).or_default().push(paper),
            _ => loose.push(paper),
        }
    }
    (filed, loose)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slip(account: Option<&str>, cents: i64) -> Slip {
        let scan = cents.to_le_bytes().to_vec().into_boxed_slice();
        Slip {
            account: account.map(str::to_string),
            paper: Paper { cents, scan },
        }
    }

    fn cents(papers: &[Paper]) -> Vec<i64> {
        papers.iter().map(|paper| paper.cents).collect()
    }

    #[test]
    fn an_empty_desk() {
        let (filed, loose) = file_slips(Vec::new());
        assert_eq!(filed.len(), 0);
        assert_eq!(loose, []);
    }

    #[test]
    fn papers_go_to_their_accounts_in_order() {
        let desk = vec![
            slip(Some("rent"), 700),
            slip(None, 5),
            slip(Some("milk"), -3),
            slip(Some("rent"), 20),
            slip(Some(""), 9),
            slip(Some("rent "), 1),
            slip(Some("rent"), 11),
        ];
        let (filed, loose) = file_slips(desk);
        let names: Vec<&str> = filed.keys().map(String::as_str).collect();
        assert_eq!(names, ["milk", "rent", "rent "]);
        assert_eq!(cents(&filed["rent"]), [700, 20, 11]);
        assert_eq!(cents(&filed["milk"]), [-3]);
        assert_eq!(cents(&filed["rent "]), [1]);
        assert_eq!(cents(&loose), [5, 9]);
    }

    #[test]
    fn void_papers_vanish() {
        let desk = vec![
            slip(Some("gas"), 0),
            slip(None, 0),
            slip(Some("oil"), 1),
            slip(Some("oil"), 0),
        ];
        let (filed, loose) = file_slips(desk);
        assert!(!filed.contains_key("gas"));
        assert_eq!(filed.len(), 1);
        assert_eq!(cents(&filed["oil"]), [1]);
        assert!(loose.is_empty());
    }

    #[test]
    fn nothing_is_copied() {
        let desk = vec![
            slip(Some("gas"), 0),
            slip(Some("gas"), 4),
            slip(Some("gas"), 2),
            slip(None, 8),
        ];
        let name = desk[1].account.as_ref().map(|name| name.as_ptr());
        let scans: Vec<*const u8> = desk.iter().map(|slip| slip.paper.scan.as_ptr()).collect();
        let (filed, loose) = file_slips(desk);
        let (key, papers) = filed.first_key_value().unwrap();
        assert_eq!(Some(key.as_ptr()), name);
        assert_eq!(papers[0].scan.as_ptr(), scans[1]);
        assert_eq!(papers[1].scan.as_ptr(), scans[2]);
        assert_eq!(loose[0].scan.as_ptr(), scans[3]);
    }
}
