//! difficulty: 3

use std::sync::mpsc;
use std::thread;

// entry
/// Runs a bakery with two threads. One calls `mix` for each order, in order, and hands over the dough; the other one
/// calls `bake` for each dough, in the order in which they were handed over, and does so while further orders are
/// mixed. Neither is called in the thread of the caller.
///
/// If `mix` fails, no further order is mixed; what was mixed before is still baked. If `bake` returns 0, the bread
/// is burnt: it does not count, and nothing is baked after it. Mixing then ends at the latest when a dough is to
/// be handed over and nobody takes it; that is no failure.
///
/// Returns what was baked, in order, and the error of `mix` if there was one.
pub fn bake_orders(
    orders: Vec<u32>,
    mix: impl Fn(u32) -> Result<u32, String> + Send,
    bake: impl Fn(u32) -> u32 + Send,
) -> (Vec<u32>, Option<String>) {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let mixer = scope.spawn(move || {
            for order in orders {
                match mix(order) {
                    Ok(dough) if sender.send(dough).is_ok() => {}
                    stopped => return stopped.err(),
                }
            }
            None
        });
        let baker = scope.spawn(move || receiver.iter().map(bake).take_while(|&bread| bread != 0).collect());
        (baker.join().unwrap(), mixer.join().unwrap())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::thread::ThreadId;

    fn fail(order: u32) -> Result<u32, String> {
        if order < 100 { Ok(order + 1) } else { Err(format!("no flour for {order}")) }
    }

    #[test]
    fn orders_are_mixed_and_baked() {
        assert_eq!(bake_orders(vec![3, 1, 2], fail, |dough| dough * 10), (vec![40, 20, 30], None));
        assert_eq!(bake_orders(vec![], fail, |dough| dough), (vec![], None));
        let (baked, error) = bake_orders((0..90).collect(), fail, |dough| dough);
        assert_eq!((baked.len(), baked[89], error), (90, 90, None));
    }

    #[test]
    fn a_failure_ends_the_mixing() {
        let mixed = Mutex::new(Vec::new());
        let mix = |order| {
            mixed.lock().unwrap().push(order);
            fail(order)
        };
        let outcome = bake_orders(vec![1, 2, 100, 3, 101], mix, |dough| dough);
        assert_eq!(outcome, (vec![2, 3], Some("no flour for 100".to_string())));
        assert_eq!(*mixed.lock().unwrap(), [1, 2, 100]);
        assert_eq!(bake_orders(vec![100], fail, |dough| dough), (vec![], Some("no flour for 100".to_string())));
    }

    #[test]
    fn burnt_bread_ends_the_baking() {
        let baked = Mutex::new(Vec::new());
        let bake = |dough| {
            baked.lock().unwrap().push(dough);
            dough % 5
        };
        assert_eq!(bake_orders(vec![0, 1, 4, 5, 6], fail, bake), (vec![1, 2], None));
        assert_eq!(*baked.lock().unwrap(), [1, 2, 5]);
    }

    #[test]
    fn each_has_its_own_thread() {
        let caller = thread::current().id();
        let (mixers, bakers) = (Mutex::new(Vec::<ThreadId>::new()), Mutex::new(Vec::<ThreadId>::new()));
        let mix = |order| {
            mixers.lock().unwrap().push(thread::current().id());
            Ok(order)
        };
        let bake = |dough| {
            bakers.lock().unwrap().push(thread::current().id());
            dough
        };
        assert_eq!(bake_orders(vec![1, 2, 3], mix, bake).0, [1, 2, 3]);
        let (mixers, bakers) = (mixers.into_inner().unwrap(), bakers.into_inner().unwrap());
        assert_eq!((mixers.len(), bakers.len()), (3, 3));
        assert!(mixers.iter().all(|thread| *thread == mixers[0] && *thread != caller && *thread != bakers[0]));
        assert!(bakers.iter().all(|thread| *thread == bakers[0] && *thread != caller));
    }

    #[test]
    fn baking_goes_on_while_mixing() {
        let (sender, receiver) = mpsc::channel();
        let mix = move |order| {
            let oven = if order == 2 { receiver.recv().unwrap_or(0) } else { 0 };
            Ok(order + oven)
        };
        let bake = move |dough| {
            let _ = sender.send(100);
            dough
        };
        assert_eq!(bake_orders(vec![1, 2], mix, bake), (vec![1, 102], None));
    }
}
