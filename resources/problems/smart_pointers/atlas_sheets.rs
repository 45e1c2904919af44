//! difficulty: 3

use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

/// A sheet of a map, drawn by hand.
#[derive(Debug)]
pub struct Sheet {
    pub region: String,
    /// The first sheet that is ever drawn has the number 1, the next one 2, and so on.
    pub number: u32,
}

/// Knows the sheets that somebody holds at the moment, without keeping them alive.
#[derive(Default)]
pub struct Atlas {
    pub sheets: BTreeMap<String, Weak<Sheet>>,
    /// How many sheets have been drawn so far.
    pub drawn: u32,
}

// entry
/// `pub fn sheet(&mut self, region: &str) -> Rc<Sheet>` gives the sheet of a region: the one that somebody still
/// holds, or else a newly drawn one with the next number, which the atlas then knows under its region.
///
/// `pub fn sweep(&mut self) -> usize` removes the regions whose sheet nobody holds any more, and returns how many
/// those were.
///
/// `pub fn retire(&mut self, region: &str) -> Option<Rc<Sheet>>` makes the atlas forget a region, whatever becomes
/// of its sheet: the next call of `sheet` draws a new one. It returns the sheet if somebody still holds it.
///
/// The atlas itself never holds an `Rc` of a sheet, and one `Weak` at most for each region.
impl Atlas {
    pub fn sheet(&mut self, region: &str) -> Rc<Sheet> {
        if let Some(sheet) = self.sheets.get(region).and_then(Weak::upgrade) {
            return sheet;
        }
        self.drawn += 1;
        let sheet = Rc::new(Sheet { region: region.to_string(), number: self.drawn });
        self.sheets.insert(region.to_string(), Rc::downgrade(&sheet));
        sheet
    }

    pub fn sweep(&mut self) -> usize {
        let known = self.sheets.len();
        self.sheets.retain(|_, sheet| sheet.strong_count() > 0);
        known - self.sheets.len()
    }

    pub fn retire(&mut self, region: &str) -> Option<Rc<Sheet>> {
        self.sheets.remove(region)?.upgrade()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &Rc<Sheet>) -> (usize, usize) {
        (Rc::strong_count(of), Rc::weak_count(of))
    }

    #[test]
    fn a_held_sheet_is_shared() {
        let mut atlas = Atlas::default();
        let first = atlas.sheet("delta");
        assert_eq!((first.region.as_str(), first.number), ("delta", 1));
        assert_eq!(counts(&first), (1, 1));
        let again = atlas.sheet("delta");
        assert!(Rc::ptr_eq(&first, &again));
        assert_eq!(counts(&first), (2, 1));
        assert_eq!(atlas.sheet("dunes").number, 2);
        assert_eq!(atlas.drawn, 2);
    }

    #[test]
    fn a_dropped_sheet_is_drawn_anew() {
        let mut atlas = Atlas::default();
        drop(atlas.sheet("delta"));
        assert_eq!(atlas.sheets.len(), 1);
        let second = atlas.sheet("delta");
        assert_eq!((second.number, atlas.drawn), (2, 2));
        assert_eq!(counts(&second), (1, 1));
        assert!(Rc::ptr_eq(&second, &atlas.sheet("delta")));
        assert_eq!(atlas.sheets.len(), 1);
    }

    #[test]
    fn sweeping_removes_dead_regions() {
        let mut atlas = Atlas::default();
        assert_eq!(atlas.sweep(), 0);
        let held = atlas.sheet("delta");
        drop((atlas.sheet("dunes"), atlas.sheet("fjord")));
        assert_eq!(atlas.sheets.len(), 3);
        assert_eq!(atlas.sweep(), 2);
        assert_eq!(atlas.sheets.keys().collect::<Vec<_>>(), ["delta"]);
        assert_eq!(atlas.sweep(), 0);
        assert_eq!(counts(&held), (1, 1));
        drop(held);
        assert_eq!(atlas.sweep(), 1);
        assert_eq!(atlas.drawn, 3);
    }

    #[test]
    fn retired_regions_are_forgotten() {
        let mut atlas = Atlas::default();
        assert!(atlas.retire("delta").is_none());
        let held = atlas.sheet("delta");
        let retired = atlas.retire("delta").expect("is held");
        assert!(Rc::ptr_eq(&held, &retired));
        assert_eq!(counts(&held), (2, 0));
        assert_eq!(atlas.sheet("delta").number, 2);
        assert!(atlas.retire("delta").is_none());
        assert!(atlas.sheets.is_empty());
    }
}
