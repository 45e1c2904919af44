//! difficulty: 1
use std::mem;

/// A paper label. There is only one of each: labels are moved, never copied.
#[derive(Debug)]
pub struct Label(pub String);

/// A crate in the cellar, and how often it got another label.
#[derive(Debug)]
pub struct Crate {
    pub label: Label,
    pub relabelled: u32,
}

// entry
/// Puts `label` on `item` and hands back the label that is left over.
///
/// A blank label (empty, or nothing but whitespace) is not used: the crate stays as it is, and
/// `label` itself is handed back. Otherwise the crate carries `label` from now on, `relabelled`
/// grows by one (it stays at `u32::MAX` once it is there), and the label that the crate carried
/// before is handed back. The text of a label is never changed.
pub fn relabel(item: &mut Crate, label: Label) -> Label {
    if label.0.trim().is_empty() {
        return label;
    }
    item.relabelled = item.relabelled.saturating_add(1);
    mem::replace(&mut item.label, label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_with(text: &str, relabelled: u32) -> Crate {
        Crate {
            label: Label(text.to_string()),
            relabelled,
        }
    }

    #[test]
    fn swaps_labels_without_copying() {
        let mut item = crate_with("plums", 0);
        let old = item.label.0.as_ptr();
        let new = Label("pears".to_string());
        let text = new.0.as_ptr();
        let left = relabel(&mut item, new);
        assert_eq!(left.0, "plums");
        assert_eq!(left.0.as_ptr(), old);
        assert_eq!(item.label.0, "pears");
        assert_eq!(item.label.0.as_ptr(), text);
        assert_eq!(item.relabelled, 1);
    }

    #[test]
    fn blank_labels_come_back() {
        for blank in ["", " ", " \t\n "] {
            let mut item = crate_with("plums", 4);
            let left = relabel(&mut item, Label(blank.to_string()));
            assert_eq!(left.0, blank);
            assert_eq!(item.label.0, "plums");
            assert_eq!(item.relabelled, 4);
        }
    }

    #[test]
    fn a_blank_label_can_come_off() {
        let mut item = crate_with("  ", 7);
        assert_eq!(relabel(&mut item, Label(" figs ".to_string())).0, "  ");
        assert_eq!(item.label.0, " figs ");
        assert_eq!(item.relabelled, 8);
    }

    #[test]
    fn the_count_stays_at_its_limit() {
        let mut item = crate_with("a", u32::MAX - 1);
        relabel(&mut item, Label("b".to_string()));
        assert_eq!(item.relabelled, u32::MAX);
        assert_eq!(relabel(&mut item, Label("c".to_string())).0, "b");
        assert_eq!(item.relabelled, u32::MAX);
    }
}
