//! difficulty: 2
use std::hash::{Hash, Hasher};

/// A number plate as somebody wrote it down, and the land that it is from: `ab-12 C` is the same
/// text as `AB12c`.
#[derive(Debug)]
pub struct Plate {
    pub land: &'static str,
    pub text: String,
}

impl Plate {
    /// The signs of the text that matter: all but spaces and dashes, ASCII letters in upper case.
    pub fn signs(&self) -> impl Iterator<Item = char> + '_ {
        let signs = self.text.chars().filter(|sign| !matches!(sign, ' ' | '-'));
        signs.map(|sign| sign.to_ascii_uppercase())
    }
}

impl PartialEq for Plate {
    fn eq(&self, other: &Self) -> bool {
        self.land == other.land && self.signs().eq(other.signs())
    }
}

impl Eq for Plate {}

// entry
/// The hash of a plate, so that plates can be keys of hash maps.
///
/// Equal plates feed the same to the hasher. Plates that are not equal feed something else: what is
/// fed depends on the land, on every sign and on their order. As is usual for texts, the ends of
/// both are marked, so that the plate `AB` with the `char` C behind it does not feed the same as
/// the plate `ABC`.
impl Hash for Plate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.land.hash(state);
        self.signs().count().hash(state);
        for sign in self.signs() {
            sign.hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::hash_map::DefaultHasher;
    use std::collections::{HashMap, HashSet};

    fn plate(text: &str) -> Plate {
        from("", text)
    }

    fn from(land: &'static str, text: &str) -> Plate {
        let text = text.to_string();
        Plate { land, text }
    }

    fn hash(value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn equal_plates_hash_alike() {
        let same = ["AB12C", "ab-12 C", " a b 1 2 c ", "--aB1-2c"];
        for text in same {
            assert_eq!(hash(plate(text)), hash(plate("AB12C")), "{text}");
        }
        assert_eq!(hash(from("FR", "")), hash(from("FR", " - ")));
        assert_eq!(hash(plate("ß-é")), hash(plate("ßé")));
    }

    #[test]
    fn other_plates_hash_otherwise() {
        let texts = [
            "", "A", "B", "AB", "BA", "AAB", "ABA", "AB1", "AB2", "É", "é", "AB12", "12AB",
        ];
        let hashes: HashSet<u64> = texts.iter().map(|text| hash(plate(text))).collect();
        assert_eq!(hashes.len(), texts.len());
        assert_ne!(hash(from("FR", "A1")), hash(from("IT", "A1")));
        assert_ne!(hash(from("FR", "A1")), hash(from("fr", "A1")));
        assert_ne!(hash(from("F", "RA")), hash(from("FR", "A")));
    }

    #[test]
    fn the_end_is_marked() {
        assert_ne!(hash((plate("AB"), 'C')), hash(plate("ABC")));
        assert_ne!(hash((plate(""), 'A', 'B')), hash((plate("A"), 'B')));
        assert_ne!(
            hash((plate("AB"), plate("C"))),
            hash((plate("A"), plate("BC")))
        );
        assert_ne!(hash((plate(""), plate("A"))), hash((plate("A"), plate(""))));
        assert_eq!(
            hash((plate("a-b"), plate("c"))),
            hash((plate("AB"), plate("C-")))
        );
    }

    #[test]
    fn keys_of_a_map() {
        let mut fines = HashMap::new();
        for (text, fine) in [("ab 1", 10), ("AB-1", 20), ("AB 2", 5), ("aB1 ", 1)] {
            *fines.entry(plate(text)).or_insert(0) += fine;
        }
        assert_eq!(fines.len(), 2);
        assert_eq!(fines.get(&plate("ab1")), Some(&31));
        assert_eq!(fines.get(&plate("AB-2")), Some(&5));
        assert_eq!(fines.get(&plate("AB-3")), None);
        assert_eq!(fines.get(&from("FR", "AB1")), None);
    }
}
