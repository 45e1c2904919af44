//! difficulty: 3
//! edition: 2024
/// A remark of the beekeeper; remarks cannot be copied.
#[derive(Debug, PartialEq)]
pub struct Remark(pub u8);

/// A visit to a hive, from one day to another (both included).
#[derive(Debug, PartialEq)]
pub struct Visit {
    pub hive: u32,
    pub from: u32,
    pub to: u32,
    pub remarks: Vec<Remark>,
}

// entry
/// Joins visits that are really one, in place: the vector keeps its buffer.
///
/// From front to back: a visit joins the visit before it if both are to the same hive, and if it
/// begins at the latest on the day after that one ends (it may also begin earlier). The visit
/// before then ends on the later of the two last days, keeps its first day, and gets the remarks of
/// the joined one behind its own; the joined visit goes from the list. The next visit is compared
/// with what came out of that. Visits that are not neighbours in the list are never joined.
///
/// Days go up to `u32::MAX`, the day after which counts as that day itself.
///
/// ```text
/// hive 1 days 3-4, hive 1 days 5-5, hive 1 days 7-8  ->  hive 1 days 3-5, hive 1 days 7-8
/// ```
pub fn join_visits(visits: &mut Vec<Visit>) {
    visits.dedup_by(|visit, before| {
        let joins = visit.hive == before.hive && visit.from <= before.to.saturating_add(1);
        if joins {
            before.to = before.to.max(visit.to);
            before.remarks.append(&mut visit.remarks);
        }
        joins
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(hive: u32, from: u32, to: u32, remarks: &[u8]) -> Visit {
        let remarks = remarks.iter().map(|&number| Remark(number)).collect();
        Visit {
            hive,
            from,
            to,
            remarks,
        }
    }

    fn joined(mut visits: Vec<Visit>) -> Vec<Visit> {
        join_visits(&mut visits);
        visits
    }

    #[test]
    fn the_day_after_joins() {
        let visits = vec![
            visit(1, 3, 4, &[1]),
            visit(1, 5, 5, &[2, 3]),
            visit(1, 7, 8, &[4]),
        ];
        assert_eq!(
            joined(visits),
            [visit(1, 3, 5, &[1, 2, 3]), visit(1, 7, 8, &[4])]
        );
    }

    #[test]
    fn chains_grow() {
        let visits = vec![
            visit(2, 1, 1, &[1]),
            visit(2, 2, 9, &[]),
            visit(2, 3, 3, &[2]),
            visit(2, 10, 11, &[3]),
        ];
        assert_eq!(joined(visits), [visit(2, 1, 11, &[1, 2, 3])]);
    }

    #[test]
    fn a_shorter_or_earlier_visit_joins_too() {
        assert_eq!(
            joined(vec![visit(1, 5, 9, &[]), visit(1, 6, 7, &[8])]),
            [visit(1, 5, 9, &[8])]
        );
        assert_eq!(
            joined(vec![visit(1, 5, 9, &[]), visit(1, 2, 3, &[8])]),
            [visit(1, 5, 9, &[8])]
        );
    }

    #[test]
    fn other_hives_do_not_join() {
        let visits = vec![
            visit(1, 1, 2, &[1]),
            visit(2, 2, 3, &[2]),
            visit(1, 2, 4, &[3]),
        ];
        let same = vec![
            visit(1, 1, 2, &[1]),
            visit(2, 2, 3, &[2]),
            visit(1, 2, 4, &[3]),
        ];
        assert_eq!(joined(visits), same);
    }

    #[test]
    fn gaps_stay() {
        let visits = vec![
            visit(1, 1, 2, &[]),
            visit(1, 4, 4, &[]),
            visit(1, 6, 6, &[]),
        ];
        assert_eq!(joined(visits).len(), 3);
        assert_eq!(joined(vec![visit(4, 1, 1, &[6])]), [visit(4, 1, 1, &[6])]);
        assert_eq!(joined(vec![]), []);
    }

    #[test]
    fn the_last_day_of_all() {
        let last = u32::MAX;
        let visits = vec![visit(1, last, last, &[1]), visit(1, last, last, &[2])];
        assert_eq!(joined(visits), [visit(1, last, last, &[1, 2])]);
    }

    #[test]
    fn in_place() {
        let mut visits = vec![
            visit(1, 1, 1, &[1]),
            visit(1, 2, 2, &[2]),
            visit(3, 1, 1, &[3]),
        ];
        let place = visits.as_ptr();
        let remarks = visits[2].remarks.as_ptr();
        join_visits(&mut visits);
        assert_eq!(visits.as_ptr(), place);
        assert_eq!(visits.len(), 2);
        assert_eq!(visits[1].remarks.as_ptr(), remarks);
    }
}
