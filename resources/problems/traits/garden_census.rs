//! difficulty: 3
/// A part of a garden; walls may be around several of them.
#[derive(Debug)]
pub enum Plot {
    Bed { plants: u32 },
    Path { metres: u32 },
    Walled(Vec<Plot>),
}

/// Somebody who walks through a garden. Who has no use for walls need not say so.
pub trait Visitor {
    fn bed(&mut self, plants: u32);
    fn path(&mut self, metres: u32);
    fn enter(&mut self) {}
    fn leave(&mut self) {}
}

impl Plot {
    /// Shows everything to `visitor`, in order; what is within walls between `enter` and `leave`.
    pub fn show(&self, visitor: &mut dyn Visitor) {
        match self {
            Plot::Bed { plants } => visitor.bed(*plants),
            Plot::Path { metres } => visitor.path(*metres),
            Plot::Walled(plots) => {
                visitor.enter();
                plots.iter().for_each(|plot| plot.show(visitor));
                visitor.leave();
            }
        }
    }
}

/// What is counted on a walk, and how many walls are around the place where one is.
#[derive(Debug, Default, PartialEq)]
pub struct Census {
    pub walls: u32,
    pub plants: u64,
    pub deepest: u32,
    pub open_paths: Vec<u32>,
}

// entry
/// Counts what a garden has, plot by plot.
///
/// - `walls` is how many walls are around the current place: one more inside of each walled part,
///   back to what it was behind it.
/// - `plants` grows by the plants of every bed; a bed with walls around it counts twice, however
///   many they are.
/// - `deepest` is the greatest number of walls around any bed with at least one plant. Paths and
///   empty beds do not matter for it.
/// - `open_paths` gets the length of every path that has no wall around it, in the order of the
///   walk.
///
/// A census may go on in several gardens, one after the other.
impl Visitor for Census {
    fn bed(&mut self, plants: u32) {
        let times = if self.walls > 0 { 2 } else { 1 };
        self.plants += u64::from(plants) * times;
        if plants > 0 {
            self.deepest = self.deepest.max(self.walls);
        }
    }

    fn path(&mut self, metres: u32) {
        if self.walls == 0 {
            self.open_paths.push(metres);
        }
    }

    fn enter(&mut self) {
        self.walls += 1;
    }

    fn leave(&mut self) {
        self.walls -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Plot::{Bed, Path, Walled};
    use super::*;

    fn census(garden: &[Plot]) -> Census {
        let mut census = Census::default();
        garden.iter().for_each(|plot| plot.show(&mut census));
        census
    }

    #[test]
    fn without_walls() {
        let garden = [
            Path { metres: 3 },
            Bed { plants: 5 },
            Path { metres: 2 },
            Bed { plants: 6 },
        ];
        let expected = Census {
            walls: 0,
            plants: 11,
            deepest: 0,
            open_paths: vec![3, 2],
        };
        assert_eq!(census(&garden), expected);
        assert_eq!(census(&[]), Census::default());
    }

    #[test]
    fn beds_within_walls_count_twice() {
        assert_eq!(census(&[Walled(vec![Bed { plants: 5 }])]).plants, 10);
        assert_eq!(
            census(&[Walled(vec![Walled(vec![Walled(vec![Bed { plants: 5 }])])])]).plants,
            10
        );
        let mixed = [
            Walled(vec![Bed { plants: 1 }]),
            Bed { plants: 10 },
            Walled(vec![]),
            Bed { plants: 20 },
        ];
        assert_eq!(census(&mixed).plants, 32);
    }

    #[test]
    fn the_deepest_bed() {
        let inner = Walled(vec![
            Bed { plants: 1 },
            Walled(vec![Path { metres: 9 }, Bed { plants: 0 }]),
        ]);
        let garden = [
            Bed { plants: 7 },
            Walled(vec![inner, Bed { plants: 3 }]),
            Walled(vec![Bed { plants: 2 }]),
        ];
        let found = census(&garden);
        assert_eq!(found.deepest, 2);
        assert_eq!(found.walls, 0);
        assert_eq!(census(&[Walled(vec![Bed { plants: 0 }])]).deepest, 0);
        assert_eq!(census(&[Walled(vec![Bed { plants: 1 }])]).deepest, 1);
    }

    #[test]
    fn paths_outside_of_walls() {
        let garden = [
            Walled(vec![Path { metres: 1 }, Walled(vec![]), Path { metres: 2 }]),
            Path { metres: 0 },
            Walled(vec![Walled(vec![Path { metres: 4 }])]),
            Path { metres: 5 },
        ];
        assert_eq!(census(&garden).open_paths, [0, 5]);
    }

    #[test]
    fn several_gardens_and_large_ones() {
        let mut found = census(&[Walled(vec![Bed { plants: u32::MAX }])]);
        Bed { plants: u32::MAX }.show(&mut found);
        assert_eq!(found.plants, 3 * u64::from(u32::MAX));
        assert_eq!(found.deepest, 1);
    }

    #[test]
    fn step_by_step() {
        let mut found = Census::default();
        found.enter();
        found.enter();
        assert_eq!(found.walls, 2);
        found.leave();
        found.path(8);
        assert_eq!(found.walls, 1);
        found.leave();
        found.path(6);
        assert_eq!(
            found,
            Census {
                walls: 0,
                plants: 0,
                deepest: 0,
                open_paths: vec![6]
            }
        );
    }
}
