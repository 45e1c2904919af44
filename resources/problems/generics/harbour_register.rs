//! difficulty: 3
use std::borrow::Borrow;

/// A register: entries sorted by key, every key once.
#[derive(Debug)]
pub struct Register<K, V> {
    pub entries: Vec<(K, V)>,
}

// entry
/// Three methods of a register, for keys that can be ordered and values of any type. Where a key is
/// looked up, its borrowed form will do, as with the maps of the standard library: `&str` for keys
/// of type `String`.
///
/// `pub fn set(&mut self, key: K, value: V) -> Option<V>`: enters the value under the key and
/// returns the value that was there, if any (then the key that was there stays, and `key` is
/// dropped).
///
/// `pub fn get<Q>(&self, key: &Q) -> Option<&V> where K: Borrow<Q>, Q: Ord + ?Sized`: the value
/// under the key.
///
/// `pub fn since<Q>(&self, key: &Q) -> &[(K, V)] where K: Borrow<Q>, Q: Ord + ?Sized`: the entries
/// whose keys are equal to `key` or greater.
impl<K: Ord, V> Register<K, V> {
    pub fn set(&mut self, key: K, value: V) -> Option<V> {
        match self.entries.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(place) => Some(std::mem::replace(&mut self.entries[place].1, value)),
            Err(place) => {
                self.entries.insert(place, (key, value));
                None
            }
        }
    }

    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let place = self
            .entries
            .binary_search_by(|(known, _)| known.borrow().cmp(key))
            .ok()?;
        Some(&self.entries[place].1)
    }

    pub fn since<Q>(&self, key: &Q) -> &[(K, V)]
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let start = self
            .entries
            .partition_point(|(known, _)| known.borrow() < key);
        &self.entries[start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ship that cannot be copied.
    #[derive(Debug, PartialEq)]
    struct Ship(u32);

    fn register(names: &[&str]) -> Register<String, Ship> {
        let mut register = Register {
            entries: Vec::new(),
        };
        for (place, name) in names.iter().enumerate() {
            register.set(name.to_string(), Ship(place as u32));
        }
        register
    }

    fn keys(entries: &[(String, Ship)]) -> Vec<&str> {
        entries.iter().map(|(key, _)| key.as_str()).collect()
    }

    #[test]
    fn entries_are_sorted() {
        let register = register(&["Otter", "Eel", "Swan", "Coot", "Heron"]);
        assert_eq!(
            keys(&register.entries),
            ["Coot", "Eel", "Heron", "Otter", "Swan"]
        );
        let numbers: Vec<u32> = register.entries.iter().map(|(_, ship)| ship.0).collect();
        assert_eq!(numbers, [3, 1, 4, 0, 2]);
    }

    #[test]
    fn set_returns_what_was_there() {
        let mut register = register(&["Eel", "Coot"]);
        let key = register.entries[1].0.as_ptr();
        assert_eq!(register.set("Eel".to_string(), Ship(70)), Some(Ship(0)));
        assert_eq!(register.set("Asp".to_string(), Ship(80)), None);
        assert_eq!(register.entries.len(), 3);
        assert_eq!(register.get("Eel"), Some(&Ship(70)));
        assert_eq!(register.entries[2].0.as_ptr(), key);
    }

    #[test]
    fn get_by_the_borrowed_form() {
        let register = register(&["Otter", "Eel", "Swan"]);
        for (place, name) in ["Otter", "Eel", "Swan"].into_iter().enumerate() {
            assert_eq!(register.get(name), Some(&Ship(place as u32)));
        }
        assert_eq!(register.get(&"Eel".to_string()), Some(&Ship(1)));
        assert_eq!(register.get("Eels"), None);
        assert_eq!(register.get(""), None);
        assert!(std::ptr::eq(
            register.get("Swan").unwrap(),
            &register.entries[2].1
        ));
    }

    #[test]
    fn since_a_key() {
        let register = register(&["Otter", "Eel", "Swan"]);
        assert_eq!(keys(register.since("Otter")), ["Otter", "Swan"]);
        assert_eq!(keys(register.since("Eels")), ["Otter", "Swan"]);
        assert_eq!(keys(register.since("")), ["Eel", "Otter", "Swan"]);
        assert_eq!(keys(register.since("Swans")), [""; 0]);
        assert_eq!(keys(register.since(&"Swan".to_string())), ["Swan"]);
    }

    #[test]
    fn other_keys() {
        let mut register = Register {
            entries: Vec::new(),
        };
        assert_eq!(register.get(&[1_u8][..]), None);
        register.set(vec![2_u8, 1], 'b');
        register.set(vec![2], 'a');
        register.set(vec![10], 'c');
        assert_eq!(register.get(&[2_u8][..]), Some(&'a'));
        assert_eq!(
            register.since(&[2_u8, 0][..]),
            [(vec![2, 1], 'b'), (vec![10], 'c')]
        );
    }
}
