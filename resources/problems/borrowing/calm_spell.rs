//! difficulty: 1
/// The longest calm spell of a day: a stretch of neighbouring wind speeds that are all at most
/// `limit`.
///
/// It is returned as the part of `winds` that it is. Of several spells of the greatest length the
/// earliest is returned; an empty slice if no speed is calm.
///
/// ```text
/// winds [9, 3, 2, 8, 1, 4, 7] with limit 4: the spell is [3, 2] (it starts at index 1)
/// ```
pub fn calm_spell(winds: &[u8], limit: u8) -> &[u8] {
    let spells = winds.split(|&speed| speed > limit);
    spells
        .rev()
        .max_by_key(|spell| spell.len())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_day() {
        let winds = [9, 3, 2, 8, 1, 4, 7];
        let spell = calm_spell(&winds, 4);
        assert_eq!(spell, [3, 2]);
        assert!(std::ptr::eq(spell, &winds[1..3]));
    }

    #[test]
    fn the_earliest_of_equal_length() {
        let winds = vec![0, 5, 0, 5, 0];
        assert!(std::ptr::eq(calm_spell(&winds, 4), &winds[..1]));
        let winds = [5, 1, 1, 5, 1, 1, 1, 5, 1, 1, 1];
        assert!(std::ptr::eq(calm_spell(&winds, 1), &winds[4..7]));
    }

    #[test]
    fn at_both_ends() {
        assert_eq!(calm_spell(&[1, 2, 9, 3], 3), [1, 2]);
        assert_eq!(calm_spell(&[1, 9, 2, 3], 3), [2, 3]);
        assert_eq!(calm_spell(&[1, 3, 2, 3], 3), [1, 3, 2, 3]);
    }

    #[test]
    fn the_limit_itself_is_calm() {
        assert_eq!(calm_spell(&[7, 6], 6), [6]);
        assert_eq!(calm_spell(&[7, 6], 7), [7, 6]);
        assert_eq!(calm_spell(&[1, 0, 1], 0), [0]);
        assert_eq!(calm_spell(&[255, 254], 255), [255, 254]);
    }

    #[test]
    fn nothing_calm() {
        assert_eq!(calm_spell(&[], 9), []);
        assert_eq!(calm_spell(&[5], 4), []);
        assert_eq!(calm_spell(&[5, 6, 7], 4), []);
    }

    #[test]
    fn the_limit_may_be_gone() {
        let winds = vec![2, 8];
        let spell = {
            let limit = 2;
            calm_spell(&winds, limit)
        };
        assert_eq!(spell, [2]);
    }
}
