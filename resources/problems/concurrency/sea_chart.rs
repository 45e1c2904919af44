//! difficulty: 1

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A sea chart whose depths are only measured when somebody asks for them.
pub struct Chart {
    /// Echo times in milliseconds.
    pub echoes: Vec<u32>,
    pub depths: OnceLock<Vec<u32>>,
    /// How often depths were worked out from the echoes.
    pub measured: AtomicUsize,
}

impl Chart {
    pub fn new(echoes: &[u32]) -> Chart {
        Chart { echoes: echoes.to_vec(), depths: OnceLock::new(), measured: AtomicUsize::new(0) }
    }
}

// entry
/// `pub fn depths(&self) -> &[u32]` gives the depth in metres for each echo: 3 metres for every 4 milliseconds,
/// rounded down (echoes of 5 milliseconds mean 3 metres; the product fits into a `u32`). The depths are worked out
/// at the first call and kept in `depths`, with 1 added to `measured`; later calls give the same slice. That holds
/// too if several threads call it for the first time at once.
///
/// `pub fn deepest(&self) -> Option<u32>` gives the greatest depth, `None` without echoes, on the same terms.
///
/// `pub fn known(&self) -> bool` says whether the depths were worked out already; it never works them out.
impl Chart {
    pub fn depths(&self) -> &[u32] {
        self.depths.get_or_init(|| {
            self.measured.fetch_add(1, Ordering::SeqCst);
            self.echoes.iter().map(|echo| echo * 3 / 4).collect()
        })
    }

    pub fn deepest(&self) -> Option<u32> {
        self.depths().iter().copied().max()
    }

    pub fn known(&self) -> bool {
        self.depths.get().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    fn measured(chart: &Chart) -> usize {
        chart.measured.load(Ordering::SeqCst)
    }

    #[test]
    fn depths_come_from_echoes() {
        let chart = Chart::new(&[4, 5, 6, 100, 0]);
        assert!(!chart.known());
        assert_eq!(measured(&chart), 0);
        assert_eq!(chart.depths(), [3, 3, 4, 75, 0]);
        assert!(chart.known());
        assert_eq!(chart.deepest(), Some(75));
        assert_eq!(measured(&chart), 1);
    }

    #[test]
    fn without_echoes() {
        let chart = Chart::new(&[]);
        assert_eq!(chart.deepest(), None);
        assert!(chart.known());
        assert!(chart.depths().is_empty());
        assert_eq!(measured(&chart), 1);
    }

    #[test]
    fn the_slice_stays_the_same() {
        let chart = Chart::new(&[40, 80]);
        assert_eq!(chart.deepest(), Some(60));
        assert_eq!(measured(&chart), 1);
        let first = chart.depths().as_ptr();
        assert_eq!(chart.depths().as_ptr(), first);
        assert_eq!(chart.depths.get().map(|depths| depths.as_ptr()), Some(first));
    }

    #[test]
    fn known_depths_are_not_measured() {
        let chart = Chart::new(&[40, 80]);
        assert!(chart.depths.set(vec![7, 9, 8]).is_ok());
        assert!(chart.known());
        assert_eq!(chart.deepest(), Some(9));
        assert_eq!(chart.depths(), [7, 9, 8]);
        assert_eq!(measured(&chart), 0);
    }

    #[test]
    fn threads_measure_once() {
        let chart = Chart::new(&[8; 100]);
        let together = Barrier::new(4);
        let sums: Vec<u32> = thread::scope(|scope| {
            let ask = || {
                together.wait();
                chart.depths().iter().sum()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(sums, [600; 4]);
        assert_eq!(measured(&chart), 1);
    }
}
