//! difficulty: 1
/// A stall of the market.
#[derive(Debug, PartialEq)]
pub struct Stall {
    pub keeper: String,
    pub open: bool,
    pub stock: u32,
    pub price: u32,
}

// entry
/// The stall to buy at: of those that are open and have stock, the one with the lowest price; the
/// first of them if several have that price. The caller gets the stall itself to change it. `None`
/// if there is no such stall.
pub fn bargain(stalls: &mut [Stall]) -> Option<&mut Stall> {
    stalls
        .iter_mut()
        .filter(|stall| stall.open && stall.stock > 0)
        .min_by_key(|stall| stall.price)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stall(keeper: &str, open: bool, stock: u32, price: u32) -> Stall {
        Stall {
            keeper: keeper.to_string(),
            open,
            stock,
            price,
        }
    }

    fn keeper(stalls: &mut [Stall]) -> Option<String> {
        bargain(stalls).map(|stall| stall.keeper.clone())
    }

    #[test]
    fn the_lowest_price() {
        let mut stalls = [
            stall("Ann", true, 5, 30),
            stall("Ben", true, 1, 20),
            stall("Cid", true, 9, 25),
        ];
        assert_eq!(keeper(&mut stalls).as_deref(), Some("Ben"));
    }

    #[test]
    fn the_stall_itself_changes() {
        let mut stalls = vec![stall("Ann", true, 2, 30), stall("Ben", true, 1, 20)];
        while let Some(stall) = bargain(&mut stalls) {
            stall.stock -= 1;
            stall.price += 1;
        }
        assert_eq!(
            stalls,
            [stall("Ann", true, 0, 32), stall("Ben", true, 0, 21)]
        );
    }

    #[test]
    fn closed_or_empty_stalls_do_not_count() {
        let mut stalls = [
            stall("Ann", false, 5, 1),
            stall("Ben", true, 0, 2),
            stall("Cid", true, 1, 3),
        ];
        assert_eq!(keeper(&mut stalls).as_deref(), Some("Cid"));
        stalls[2].open = false;
        assert_eq!(bargain(&mut stalls), None);
        stalls[0].open = true;
        assert_eq!(keeper(&mut stalls).as_deref(), Some("Ann"));
    }

    #[test]
    fn the_first_of_equal_prices() {
        let mut stalls = [
            stall("Ann", true, 1, 8),
            stall("Ben", true, 1, 7),
            stall("Cid", true, 1, 7),
            stall("Dot", true, 1, 8),
        ];
        assert_eq!(keeper(&mut stalls).as_deref(), Some("Ben"));
        stalls[1].stock = 0;
        assert_eq!(keeper(&mut stalls).as_deref(), Some("Cid"));
        stalls[2].stock = 0;
        assert_eq!(keeper(&mut stalls).as_deref(), Some("Ann"));
    }

    #[test]
    fn an_empty_market() {
        assert_eq!(bargain(&mut []), None);
    }
}
