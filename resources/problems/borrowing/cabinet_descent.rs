//! difficulty: 3
/// A drawer of a cabinet, with slips and further drawers in it.
#[derive(Debug, Default)]
pub struct Drawer {
    pub name: String,
    pub slips: Vec<u32>,
    pub inner: Vec<Drawer>,
}

// entry
/// Goes down from `cabinet` along the names of `path`, as far as there are drawers.
///
/// Every step goes to the first inner drawer of exactly that name. The walk ends with the path, or
/// at the first name that has no drawer where it stands. Returns the drawer where the walk ended
/// (`cabinet` itself if there was no step), to be changed by the caller, and the part of `path`
/// that was not walked. There is no way back: a drawer of the same name that comes later is not
/// tried.
pub fn descend<'d, 'p>(
    cabinet: &'d mut Drawer,
    path: &'p [&'p str],
) -> (&'d mut Drawer, &'p [&'p str]) {
    let mut here = cabinet;
    let mut left = path;
    while let [name, rest @ ..] = left {
        let Some(place) = here.inner.iter().position(|drawer| drawer.name == *name) else {
            break;
        };
        here = &mut here.inner[place];
        left = rest;
    }
    (here, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawer(name: &str, slip: u32, inner: Vec<Drawer>) -> Drawer {
        Drawer {
            name: name.to_string(),
            slips: vec![slip],
            inner,
        }
    }

    fn cabinet() -> Drawer {
        let nails = drawer(
            "nails",
            2,
            vec![drawer("brass", 3, vec![]), drawer("steel", 4, vec![])],
        );
        let other = drawer("nails", 5, vec![drawer("copper", 6, vec![])]);
        drawer("cabinet", 1, vec![drawer("tape", 7, vec![]), nails, other])
    }

    #[test]
    fn to_the_end_of_the_path() {
        let mut cabinet = cabinet();
        let (found, left) = descend(&mut cabinet, &["nails", "steel"]);
        assert_eq!(found.slips, [4]);
        assert!(left.is_empty());
        let (found, left) = descend(&mut cabinet, &["tape"]);
        assert_eq!(found.slips, [7]);
        assert!(left.is_empty());
    }

    #[test]
    fn as_far_as_there_are_drawers() {
        let mut cabinet = cabinet();
        let path = ["nails", "gold", "brass"];
        let (found, left) = descend(&mut cabinet, &path);
        assert_eq!(found.slips, [2]);
        assert!(std::ptr::eq(left, &path[1..]));
        let path = ["tape", "a"];
        let (found, left) = descend(&mut cabinet, &path);
        assert_eq!(found.name, "tape");
        assert_eq!(left, ["a"]);
    }

    #[test]
    fn no_step_at_all() {
        let mut cabinet = cabinet();
        let (found, left) = descend(&mut cabinet, &[]);
        assert_eq!(found.slips, [1]);
        assert!(left.is_empty());
        let (found, left) = descend(&mut cabinet, &["cabinet", "nails"]);
        assert_eq!(found.slips, [1]);
        assert_eq!(left, ["cabinet", "nails"]);
        let (found, _) = descend(&mut cabinet, &["Nails"]);
        assert_eq!(found.slips, [1]);
    }

    #[test]
    fn no_way_back() {
        let mut cabinet = cabinet();
        let (found, left) = descend(&mut cabinet, &["nails", "copper"]);
        assert_eq!(found.slips, [2]);
        assert_eq!(left, ["copper"]);
    }

    #[test]
    fn what_is_missing_can_be_made() {
        let mut cabinet = cabinet();
        let path = ["nails", "zinc", "long"];
        let (mut here, left) = descend(&mut cabinet, &path);
        for name in left {
            here.inner.push(drawer(name, 9, vec![]));
            here = here.inner.last_mut().unwrap();
        }
        here.slips.push(10);
        assert_eq!(cabinet.inner[1].inner[2].inner[0].slips, [9, 10]);
        let (found, left) = descend(&mut cabinet, &path);
        assert_eq!(found.slips, [9, 10]);
        assert!(left.is_empty());
    }

    #[test]
    fn the_path_may_be_gone() {
        let mut cabinet = cabinet();
        let found = {
            let name = String::from("tape");
            descend(&mut cabinet, &[name.as_str()]).0
        };
        found.slips.clear();
        assert!(cabinet.inner[0].slips.is_empty());
    }
}
