//! Figures over many spans.

use crate::Span;

/// The mean length of some spans, or `None` if there are none to take the mean of.
pub fn mean_length(spans: &[Span]) -> Option<f64> {
    if spans.is_empty() {
        return None;
    }
    let total: usize = spans.iter().map(Span::len).sum();
    Some(total as f64 / spans.len() as f64)
}

/// The longest of some spans; of several with the same length, the one that comes first.
pub fn longest(spans: &[Span]) -> Option<&Span> {
    let mut best: Option<&Span> = None;
    for span in spans {
        if best.map_or(true, |b| span.len() > b.len()) {
            best = Some(span);
        }
    }
    best
}

/// Merges spans that overlap or touch, and gives what remains in ascending order.
///
/// The input need not be sorted. Empty spans are left out.
pub fn merged(spans: &[Span]) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.iter().copied().filter(|s| !s.is_empty()).collect();
    sorted.sort_by_key(|span| span.start);
    let mut out: Vec<Span> = Vec::new();
    for span in sorted {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

fn undocumented(spans: &[Span], factor: i64) -> Vec<Span> {
    let mut out = Vec::with_capacity(spans.len());
    for span in spans {
        let start = span.start * factor;
        let end = span.end * factor;
        out.push(Span::new(start, end));
    }
    out
}

/// Stretches every span by a factor, which may be negative: the ends then change places.
pub fn stretched(spans: &[Span], factor: i64) -> Vec<Span> {
    undocumented(spans, factor)
        .into_iter()
        .filter(|span| span.len() > 0)
        .collect()
}
