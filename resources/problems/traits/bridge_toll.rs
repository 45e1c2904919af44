//! difficulty: 1
/// Something that crosses the bridge.
pub trait Vehicle {
    fn axles(&self) -> u32;

    fn name(&self) -> String;

    /// Cents for the crossing.
    fn toll(&self) -> u32 {
        self.axles() * 150
    }
}

// entry
/// The vehicle that pays the most, with its toll; the first of them if several pay as much.
///
/// Vehicles with a toll of 0 pay nothing and do not count; `None` if there is no other. The vehicle
/// is returned itself, whatever its type.
pub fn dearest(queue: &[Box<dyn Vehicle>]) -> Option<(&dyn Vehicle, u32)> {
    let tolls = queue
        .iter()
        .map(|vehicle| (vehicle.as_ref(), vehicle.toll()));
    tolls
        .filter(|(_, toll)| *toll > 0)
        .rev()
        .max_by_key(|(_, toll)| *toll)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cart(&'static str, u32);

    impl Vehicle for Cart {
        fn axles(&self) -> u32 {
            self.1
        }

        fn name(&self) -> String {
            self.0.to_string()
        }
    }

    struct Bus {
        line: u32,
        toll: u32,
    }

    impl Vehicle for Bus {
        fn axles(&self) -> u32 {
            2
        }

        fn name(&self) -> String {
            format!("line {}", self.line)
        }

        fn toll(&self) -> u32 {
            self.toll
        }
    }

    fn found(queue: Vec<Box<dyn Vehicle>>) -> Option<(String, u32)> {
        dearest(&queue).map(|(vehicle, toll)| (vehicle.name(), toll))
    }

    fn cart(name: &'static str, axles: u32) -> Box<dyn Vehicle> {
        Box::new(Cart(name, axles))
    }

    fn bus(line: u32, toll: u32) -> Box<dyn Vehicle> {
        Box::new(Bus { line, toll })
    }

    #[test]
    fn each_type_has_its_toll() {
        assert_eq!(
            found(vec![cart("hay", 1), bus(7, 200), cart("milk", 1)]),
            Some(("line 7".to_string(), 200))
        );
        assert_eq!(
            found(vec![bus(7, 200), cart("hay", 2)]),
            Some(("hay".to_string(), 300))
        );
    }

    #[test]
    fn the_first_of_equal_tolls() {
        assert_eq!(
            found(vec![cart("hay", 2), bus(1, 300), cart("milk", 2)]),
            Some(("hay".to_string(), 300))
        );
        assert_eq!(
            found(vec![cart("a", 1), bus(1, 300), cart("b", 2)]),
            Some(("line 1".to_string(), 300))
        );
    }

    #[test]
    fn who_pays_nothing_does_not_count() {
        assert_eq!(found(vec![]), None);
        assert_eq!(found(vec![bus(1, 0), cart("sled", 0)]), None);
        assert_eq!(
            found(vec![bus(1, 0), bus(2, 1), bus(3, 0)]),
            Some(("line 2".to_string(), 1))
        );
    }

    #[test]
    fn the_vehicle_itself() {
        let queue = vec![cart("hay", 1), bus(5, 9000), cart("milk", 3)];
        let (vehicle, toll) = dearest(&queue).unwrap();
        assert!(std::ptr::addr_eq(vehicle, queue[1].as_ref()));
        assert_eq!((vehicle.axles(), toll), (2, 9000));
    }
}
