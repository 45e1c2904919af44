//! difficulty: 2
use std::collections::BTreeMap;

// entry
/// The levels of some stations out of the log of a tide office.
///
/// A line of the log is `station: level`; station and level reach from and to the first colon,
/// without the white space around them. Lines without a colon or with an empty level are skipped.
/// Of the others, those count whose station is in `wanted` (exactly as written there): the levels
/// of each such station, in the order of the log. A station without any level does not show up.
///
/// All texts of the result are parts of `log`; `wanted` and what it holds may be gone while the
/// result is in use.
pub fn levels<'l>(log: &'l str, wanted: &[&str]) -> BTreeMap<&'l str, Vec<&'l str>> {
    let mut found: BTreeMap<&'l str, Vec<&'l str>> = BTreeMap::new();
    for (station, level) in log.lines().filter_map(|line| line.split_once(':')) {
        let (station, level) = (station.trim(), level.trim());
        if wanted.contains(&station) && !level.is_empty() {
            found.entry(station).or_default().push(level);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str =
        "Brest: 3.1\nSt. Malo: 8.0\n Brest :2.9 m\nnothing here\nDover: 12:30\nBrest:\n  : 7\n";

    #[test]
    fn levels_in_the_order_of_the_log() {
        let found = levels(LOG, &["St. Malo", "Brest"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found["Brest"], ["3.1", "2.9 m"]);
        assert_eq!(found["St. Malo"], ["8.0"]);
    }

    #[test]
    fn the_first_colon_counts() {
        assert_eq!(
            levels(LOG, &["Dover"]),
            BTreeMap::from([("Dover", vec!["12:30"])])
        );
        assert!(levels(LOG, &["Dover: 12"]).is_empty());
    }

    #[test]
    fn stations_as_they_are_written() {
        assert!(levels(LOG, &["brest", " Brest ", "Bre", "nothing here"]).is_empty());
        assert_eq!(levels(LOG, &[""]), BTreeMap::from([("", vec!["7"])]));
    }

    #[test]
    fn nothing_wanted_and_nothing_logged() {
        assert!(levels(LOG, &[]).is_empty());
        assert!(levels("", &["Brest"]).is_empty());
        assert!(levels("Brest:\nBrest: \t\n", &["Brest"]).is_empty());
    }

    #[test]
    fn parts_of_the_log_and_not_of_what_is_wanted() {
        let log = String::from("Brest: 3.1");
        let found = {
            let name = String::from("Brest");
            levels(&log, &[&name])
        };
        let (station, found) = found.first_key_value().unwrap();
        assert!(std::ptr::eq(*station, &log[..5]));
        assert!(std::ptr::eq(found[0], &log[7..]));
    }
}
