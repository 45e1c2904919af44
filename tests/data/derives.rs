/// With `#[derive(Clone)]` in its docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Point {
    pub x: i32,
    pub y: i32,
    pub r#type: u8,
}

#[derive(Clone, Debug, PartialEq, Default, Hash, PartialOrd)]
pub struct Pair<'a, T: Copy, U = u8, const N: usize = 2>(pub T, pub Option<U>, pub &'a str, pub std::marker::PhantomData<[u8; N]>)
where
    U: Clone;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Unit;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Shape<'a> {
    #[default]
    Empty,
    Circle(u8),
    Line(&'a str, Vec<u8>, bool),
    Named { f: String, r#in: i64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    North,
    East,
    South,
    West,
    Up,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Only {
    One(u8),
}

pub fn hashed(value: impl std::hash::Hash) -> u64 {
    use std::hash::Hasher;
    let mut state = std::collections::hash_map::DefaultHasher::new();
    value.hash(&mut state);
    state.finish()
}

/// What all traits say of some values of each type, as one text.
pub fn said() -> String {
    let mut out = String::new();
    let point = Point { x: 1, y: -2, r#type: 3 };
    let points = [point, Point { y: -3, ..point }, Point::default(), point.clone()];
    for a in points {
        out += &format!("{a:?} {a:#?} {:?}\n", hashed(a));
        for b in points {
            out += &format!("{} {:?} {:?}\n", a == b, a.cmp(&b), a.partial_cmp(&b));
        }
    }
    let pair = Pair(1.5, Some(7u8), "a", std::marker::PhantomData);
    let pairs: [Pair<f64>; 4] = [pair.clone(), Pair(f64::NAN, None, "b", pair.3), Pair::default(), Pair(1.5, None, "a", pair.3)];
    for a in &pairs {
        for b in &pairs {
            out += &format!("{a:?} {} {:?}\n", a == b, a.partial_cmp(b));
        }
    }
    out += &format!("{}\n", hashed(Pair::<u8, u8, 1>(1, Some(2), "c", std::marker::PhantomData)));
    out += &format!("{:?} {} {:?} {}\n", Unit, Unit == Unit, Unit::default().clone(), hashed(Unit));
    let named = |f: &str| Shape::Named { f: f.to_string(), r#in: 4 };
    let shapes = [
        Shape::Empty,
        Shape::Circle(1),
        Shape::Circle(2),
        Shape::Line("a", vec![1], true),
        Shape::Line("a", vec![2], true),
        named("x"),
        named("y"),
        Shape::default(),
    ];
    for a in &shapes {
        for b in &shapes {
            out += &format!("{a:?} {a:#?} {} {} {:?}\n", a == b, hashed(a.clone()), a.cmp(b));
        }
    }
    for a in [Direction::North, Direction::East, Direction::South, Direction::West, Direction::Up] {
        out += &format!("{:?} {} {} {}\n", a.clone(), hashed(a), a == Direction::East, a == Direction::Up);
    }
    out += &format!("{:?} {} {}\n", Only::One(1).clone(), hashed(Only::One(2)), Only::One(1) == Only::One(2));
    out
}
