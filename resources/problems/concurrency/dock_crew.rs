//! difficulty: 3

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub type Task = Box<dyn FnOnce() + Send>;

/// Workers of a dock. They take tasks from a common list as long as somebody could still add one; a worker whose
/// task panics goes home at once, the others go on.
pub struct Crew {
    pub tasks: Option<Sender<Task>>,
    pub workers: Vec<JoinHandle<()>>,
    /// How many workers had a task that panicked, as far as that is known.
    pub hurt: Arc<AtomicUsize>,
}

impl Crew {
    pub fn new(workers: usize) -> Crew {
        let (sender, receiver) = mpsc::channel::<Task>();
        let receiver = Arc::new(Mutex::new(receiver));
        let start = |_| {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || loop {
                let next = receiver.lock().unwrap().recv();
                match next {
                    Ok(task) => task(),
                    Err(_) => break,
                }
            })
        };
        Crew { tasks: Some(sender), workers: (0..workers).map(start).collect(), hurt: Arc::default() }
    }

    /// Adds a task to the list; does nothing if there can't be new tasks any more.
    pub fn add(&self, task: impl FnOnce() + Send + 'static) {
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(Box::new(task));
        }
    }
}

// entry
/// When a crew is dropped, the tasks that were added are still done (as long as there are workers who have not gone
/// home), and dropping ends only after all its workers have ended. For each worker whose task panicked, 1 is added
/// to `hurt`; dropping itself does not panic.
impl Drop for Crew {
    fn drop(&mut self) {
        self.tasks = None;
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                self.hurt.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crew(workers: usize) -> (Crew, Arc<AtomicUsize>) {
        let crew = Crew::new(workers);
        let hurt = Arc::clone(&crew.hurt);
        (crew, hurt)
    }

    #[test]
    fn all_tasks_are_done() {
        let done = Arc::new(AtomicUsize::new(0));
        let (crew, hurt) = crew(3);
        for _ in 0..50 {
            let done = Arc::clone(&done);
            crew.add(move || {
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        drop(crew);
        assert_eq!(done.load(Ordering::SeqCst), 50);
        assert_eq!(Arc::strong_count(&done), 1);
        assert_eq!(hurt.load(Ordering::SeqCst), 0);
        assert_eq!(Arc::strong_count(&hurt), 1);
    }

    #[test]
    fn a_slow_task_is_waited_for() {
        let done = Arc::new(AtomicUsize::new(0));
        let (crew, _) = crew(2);
        for _ in 0..2 {
            let done = Arc::clone(&done);
            crew.add(move || {
                for _ in 0..500 {
                    thread::yield_now();
                }
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        drop(crew);
        assert_eq!(done.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn nothing_to_do() {
        let (idle, hurt) = crew(4);
        drop(idle);
        assert_eq!(hurt.load(Ordering::SeqCst), 0);
        let (nobody, hurt) = crew(0);
        nobody.add(|| panic!("nobody is there"));
        drop(nobody);
        assert_eq!(hurt.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn panics_are_counted() {
        let done = Arc::new(AtomicUsize::new(0));
        let (crew, hurt) = crew(3);
        crew.add(|| panic!("a rope broke"));
        crew.add(|| panic!("a hook broke"));
        for _ in 0..20 {
            let done = Arc::clone(&done);
            crew.add(move || {
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        drop(crew);
        assert_eq!(hurt.load(Ordering::SeqCst), 2);
        assert_eq!(done.load(Ordering::SeqCst), 20);
    }

    #[test]
    fn a_closed_list_can_be_dropped_too() {
        let (mut crew, hurt) = crew(1);
        crew.add(|| panic!("a rope broke"));
        crew.tasks = None;
        crew.add(|| panic!("too late"));
        drop(crew);
        assert_eq!(hurt.load(Ordering::SeqCst), 1);
    }
}
