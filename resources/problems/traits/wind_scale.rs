//! difficulty: 1
/// How strong the wind is.
#[derive(Debug, PartialEq)]
pub enum Wind {
    Calm,
    Breeze(u8),
    Gale(u8),
    Storm,
}

/// A number that is on no scale.
#[derive(Debug, PartialEq)]
pub struct OffScale(pub u32);

// entry
/// The wind that a number of an old scale stands for, on which some numbers are not used: 0 is
/// `Calm`, 2 to 5 are `Breeze` with the number minus 1 (1 to 4), 7 to 9 are `Gale` with the number
/// minus 6 (1 to 3), and 11 and 12 are `Storm`. Any other number is off the scale and comes back in
/// the error.
impl TryFrom<u32> for Wind {
    type Error = OffScale;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        match number {
            0 => Ok(Wind::Calm),
            2..=5 => Ok(Wind::Breeze(number as u8 - 1)),
            7..=9 => Ok(Wind::Gale(number as u8 - 6)),
            11..=12 => Ok(Wind::Storm),
            _ => Err(OffScale(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calm_and_breeze() {
        assert_eq!(Wind::try_from(0), Ok(Wind::Calm));
        assert_eq!(Wind::try_from(2), Ok(Wind::Breeze(1)));
        assert_eq!(Wind::try_from(3), Ok(Wind::Breeze(2)));
        assert_eq!(Wind::try_from(5), Ok(Wind::Breeze(4)));
    }

    #[test]
    fn gale_and_storm() {
        assert_eq!(Wind::try_from(7), Ok(Wind::Gale(1)));
        assert_eq!(Wind::try_from(9), Ok(Wind::Gale(3)));
        assert_eq!(Wind::try_from(11), Ok(Wind::Storm));
        assert_eq!(Wind::try_from(12), Ok(Wind::Storm));
    }

    #[test]
    fn off_the_scale() {
        for number in [1, 6, 10, 13, 14, 256, 263, 267, u32::MAX] {
            assert_eq!(Wind::try_from(number), Err(OffScale(number)));
        }
    }

    #[test]
    fn callers_may_ask_for_the_trait() {
        fn winds<W: TryFrom<u32>>(numbers: &[u32]) -> Result<Vec<W>, W::Error> {
            numbers.iter().map(|&number| W::try_from(number)).collect()
        }
        assert_eq!(winds(&[0, 8]), Ok(vec![Wind::Calm, Wind::Gale(2)]));
        assert_eq!(winds::<Wind>(&[0, 20, 30]), Err(OffScale(20)));
        let wind: Result<Wind, OffScale> = 11_u32.try_into();
        assert_eq!(wind, Ok(Wind::Storm));
    }
}
