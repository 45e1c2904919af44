//! Counting words: the second fixture, so that a split has two sides.

use std::collections::BTreeMap;

/// How often each word occurs in a text.
#[derive(Debug, Default, Clone)]
pub struct Counter {
    counts: BTreeMap<String, usize>,
    total: usize,
}

impl Counter {
    /// Counts the words of a text, split at white space and compared without regard to case.
    pub fn of(text: &str) -> Self {
        let mut counter = Counter::default();
        for word in text.split_whitespace() {
            counter.add(word);
        }
        counter
    }

    /// Adds one occurrence of a word and gives how often it has now been seen.
    pub fn add(&mut self, word: &str) -> usize {
        let count = self.counts.entry(word.to_lowercase()).or_insert(0);
        *count += 1;
        self.total += 1;
        *count
    }

    /// The share of a word among all words, between zero and one; zero if nothing was counted.
    pub fn share(&self, word: &str) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        let count = self.counts.get(&word.to_lowercase()).copied().unwrap_or(0);
        count as f64 / self.total as f64
    }

    /// The `n` most frequent words with their counts, the most frequent first.
    ///
    /// Words with the same count come in alphabetical order.
    pub fn top(&self, n: usize) -> Vec<(&str, usize)> {
        let mut words: Vec<_> = self.counts.iter().map(|(w, c)| (w.as_str(), *c)).collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words.truncate(n);
        words
    }

    fn absorb(&mut self, other: &Counter) {
        for (word, count) in &other.counts {
            *self.counts.entry(word.clone()).or_default() += count;
        }
        self.total += other.total;
    }
}

impl Extend<Counter> for Counter {
    fn extend<I: IntoIterator<Item = Counter>>(&mut self, counters: I) {
        for counter in counters {
            self.absorb(&counter);
        }
    }
}
