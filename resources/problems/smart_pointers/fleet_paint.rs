//! difficulty: 3

use std::rc::Rc;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boat {
    pub name: String,
    pub colour: String,
}

// entry
/// Gives the boats of a fleet that have the colour `from` the colour `to`, without changing what anybody else sees:
/// whoever holds an `Rc` of such a boat outside of `fleet` keeps the old boat, `fleet` gets a new one in its place.
///
/// Two places of `fleet` that were the same boat (the same `Rc`, not just equal) are the same new boat afterwards;
/// different boats stay different, even if they are equal. Boats of other colours are not touched, and `fleet` holds
/// nothing but one `Rc` for each place.
///
/// Returns how many boats were painted; a boat at several places counts once. Nothing happens if `from` and `to`
/// are the same.
pub fn repaint(fleet: &mut [Rc<Boat>], from: &str, to: &str) -> usize {
    if from == to {
        return 0;
    }
    let mut painted = 0;
    for place in 0..fleet.len() {
        let old = Rc::clone(&fleet[place]);
        if old.colour != from {
            continue;
        }
        let new = Rc::new(Boat { name: old.name.clone(), colour: to.to_string() });
        for boat in fleet.iter_mut().filter(|boat| Rc::ptr_eq(boat, &old)) {
            *boat = Rc::clone(&new);
        }
        painted += 1;
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boat(name: &str, colour: &str) -> Rc<Boat> {
        Rc::new(Boat { name: name.to_string(), colour: colour.to_string() })
    }

    fn shown(fleet: &[Rc<Boat>]) -> Vec<String> {
        fleet.iter().map(|boat| format!("{} {}", boat.colour, boat.name)).collect()
    }

    #[test]
    fn paints_boats_of_a_colour() {
        let mut fleet = [boat("Alk", "red"), boat("Orka", "blue"), boat("Lom", "red")];
        assert_eq!(repaint(&mut fleet, "red", "white"), 2);
        assert_eq!(shown(&fleet), ["white Alk", "blue Orka", "white Lom"]);
        assert_eq!(repaint(&mut fleet, "red", "green"), 0);
        assert_eq!(repaint(&mut fleet, "blue", "white"), 1);
        assert_eq!(repaint(&mut fleet, "white", "red"), 3);
        assert_eq!(repaint(&mut [], "red", "white"), 0);
    }

    #[test]
    fn others_keep_the_old_boat() {
        let mine = boat("Alk", "red");
        let calm = boat("Orka", "blue");
        let mut fleet = [Rc::clone(&mine), Rc::clone(&calm)];
        assert_eq!(repaint(&mut fleet, "red", "white"), 1);
        assert_eq!(*mine, Boat { name: "Alk".to_string(), colour: "red".to_string() });
        assert_eq!(shown(&fleet), ["white Alk", "blue Orka"]);
        assert_eq!((Rc::strong_count(&mine), Rc::strong_count(&fleet[0])), (1, 1));
        assert!(Rc::ptr_eq(&calm, &fleet[1]));
        assert_eq!(Rc::strong_count(&calm), 2);
    }

    #[test]
    fn the_same_boat_stays_the_same() {
        let twin = boat("Alk", "red");
        let mut fleet = [Rc::clone(&twin), boat("Alk", "red"), Rc::clone(&twin), Rc::clone(&twin)];
        assert_eq!(repaint(&mut fleet, "red", "white"), 2);
        assert_eq!(shown(&fleet), ["white Alk"; 4]);
        assert!(Rc::ptr_eq(&fleet[0], &fleet[2]));
        assert!(Rc::ptr_eq(&fleet[0], &fleet[3]));
        assert!(!Rc::ptr_eq(&fleet[0], &fleet[1]));
        assert_eq!(Rc::strong_count(&fleet[0]), 3);
        assert_eq!((Rc::strong_count(&twin), twin.colour.as_str()), (1, "red"));
    }

    #[test]
    fn the_same_colour_is_no_work() {
        let mine = boat("Alk", "red");
        let mut fleet = [Rc::clone(&mine), Rc::clone(&mine)];
        assert_eq!(repaint(&mut fleet, "red", "red"), 0);
        assert!(Rc::ptr_eq(&mine, &fleet[0]));
        assert_eq!(Rc::strong_count(&mine), 3);
    }
}
