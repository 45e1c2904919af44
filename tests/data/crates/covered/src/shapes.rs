//! Shapes with a size, and with a destructor.

use core::cell::Cell;

/// Something with an area.
pub trait Area {
    /// How large it is.
    fn area(&self) -> u64;

    /// Twice as large; tested for squares alone.
    fn double(&self) -> u64 {
        self.area() * 2
    }
}

/// As long as it is wide.
#[derive(Debug, Clone, PartialEq)]
pub struct Square(pub u64);

impl Square {
    /// One unit long.
    pub const fn unit() -> Self {
        Square(1)
    }

    /// The larger of the two.
    pub fn larger<'a>(&'a self, other: &'a Square) -> &'a Square {
        if other.0 > self.0 { other } else { self }
    }
}

impl Area for Square {
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

/// Counts when it goes.
pub struct Guard<'a>(pub &'a Cell<u32>);

impl Guard<'_> {
    /// Whether anything has gone yet.
    pub fn any(&self) -> bool {
        self.0.get() > 0
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}
