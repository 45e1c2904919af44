"""Iterator chains and loops written out: examples, places that must be left alone, and the same behaviour."""

import pytest
from rewrite_examples import check_example, entries_of, read_examples

from ferrule.transforms.rewrites.loops import collecting, counters, for_loops, iterators, searches

MODULES = (collecting, counters, iterators, for_loops, searches)
ENTRIES = entries_of(*MODULES)

EXAMPLES = read_examples(r"""
collect_to_loop | fn f(v: &[u8]) -> Vec<u8> { v.iter().map(|x| x + 1).collect() } ==> fn f(v: &[u8]) -> Vec<u8> { let mut result = Vec::new(); for x in v.iter() { result.push(x + 1); } result }
collect_to_loop | fn f(v: &[u8]) { let w: Vec<u8> = v.iter().filter(|x| **x > 1).copied().collect(); g(w) } ==> fn f(v: &[u8]) { let mut w: Vec<u8> = Vec::new(); for item in v.iter().filter(|x| **x > 1).copied() { w.push(item); } g(w) }
collect_to_loop | fn f(v: &[S]) -> Vec<T> { v.iter().map(T::from).collect() } ==> fn f(v: &[S]) -> Vec<T> { let mut result = Vec::new(); for item in v.iter() { result.push(T::from(item)); } result }
collect_to_loop | fn f(v: &[S]) -> Vec<T> { return v.iter().filter_map(|s| s.get()).collect(); } ==> fn f(v: &[S]) -> Vec<T> { let mut result = Vec::new(); for s in v.iter() { if let Some(item) = s.get() { result.push(item); } } return result; }
collect_to_loop | fn f(v: &[S]) -> Result<Vec<T>, E> { v.iter().map(|s| s.get()).collect() } ==> fn f(v: &[S]) -> Result<Vec<T>, E> { let mut result = Vec::new(); for s in v.iter() { result.push(s.get()?); } Ok(result) }
collect_to_loop | fn f(v: &[u8]) -> Set { v.iter().map(|x| x + 1).collect() } ==> nothing
collect_to_loop | fn f(v: &[u8]) -> Result<Vec<u8>, E> { Ok(v.iter().map(|x| g(x)?).collect()) } ==> nothing
collect_to_loop | fn f(v: &[u8]) -> Vec<u8> { let w: Vec<u8> = w.iter().map(|x| x + 1).collect(); w } ==> nothing
collect_to_loop | fn f(v: &[u8]) -> Vec<u8> { v.iter() /* all */ .map(|x| x + 1).collect() } ==> nothing
collect_to_loop | fn f(v: &[u8], x: u8) -> Vec<u8> { v.iter().map(|x| x + 1).map(|y| x + y).collect() } ==> nothing
collect_to_loop | fn f(v: &[u8]) -> Vec<u8> { v.iter().map(|x| { if *x > 1 { return 2; } 3 }).collect() } ==> fn f(v: &[u8]) -> Vec<u8> { let mut result = Vec::new(); for item in v.iter().map(|x| { if *x > 1 { return 2; } 3 }) { result.push(item); } result }
collect_to_loop | fn f(v: &[u8]) -> Vec<u8> { let mut n = 0; v.iter().map(move |x| { n += 1; n + x }).collect() } ==> fn f(v: &[u8]) -> Vec<u8> { let mut n = 0; let mut result = Vec::new(); for item in v.iter().map(move |x| { n += 1; n + x }) { result.push(item); } result }
collect_to_loop | fn f(v: &[u8]) { g(1, v.iter().map(|x| x + 1).collect::<Vec<_>>()) } ==> nothing
collect_to_loop | const fn f(v: &[u8]) -> Vec<u8> { v.iter().map(|x| x + 1).collect() } ==> nothing
collect_to_loop | fn f(v: &[u8]) -> HashMap<u8, u8> { v.iter().map(|x| (*x, 1)).collect() } ==> fn f(v: &[u8]) -> HashMap<u8, u8> { let mut result = HashMap::new(); for x in v.iter() { result.insert(*x, 1); } result }
collect_to_loop | fn f(v: &[u8]) -> HashMap<u8, u8> { v.iter().map(|x| (g)(*x).and(h, (x))).collect() } ==> nothing
sum_to_loop | fn f(v: &[u8]) -> u8 { v.iter().map(|x| x + 1).sum() } ==> fn f(v: &[u8]) -> u8 { let mut total = 0; for x in v.iter() { total += x + 1; } total }
sum_to_loop | fn f(v: &[u8]) -> bool { v.iter().sum::<u8>() > 3 } ==> fn f(v: &[u8]) -> bool { let mut total = 0u8; for item in v.iter() { total += item; } total > 3 }
sum_to_loop | fn f(v: &[f64]) -> f64 { v.iter().sum() } ==> nothing
sum_to_loop | fn f(v: &Matrix) -> u8 { v.sum() } ==> nothing
sum_to_loop | fn f(v: &[u8]) -> u8 { 1 + v.iter().sum::<u8>() } ==> nothing
product_to_loop | fn f(n: u64) -> u64 { (1..n).product() } ==> fn f(n: u64) -> u64 { let mut product = 1; for item in 1..n { product *= item; } product }
count_to_loop | fn f(s: &str) -> usize { s.chars().filter(|c| c.is_uppercase()).count() } ==> fn f(s: &str) -> usize { let mut count = 0; for c in s.chars() { if c.is_uppercase() { count += 1; } } count }
count_to_loop | fn f(b: &Bits) -> usize { b.count() } ==> nothing
fold_to_loop | fn f(v: &[u8]) -> u8 { v.iter().fold(1, |acc, x| acc ^ x) } ==> fn f(v: &[u8]) -> u8 { let mut acc = 1; for x in v.iter() { acc = acc ^ x; } acc }
fold_to_loop | fn f(v: &[u8]) -> u8 { v.iter().fold(next(1, 2), |acc, x| acc ^ x) } ==> nothing
fold_to_loop | fn f(acc: &[u8]) -> u8 { acc.iter().fold(1, |acc, x| acc ^ x) } ==> nothing
fold_to_loop | fn f(p: Point) -> u8 { p.fold(1, |acc, x| acc + x) } ==> nothing
any_to_loop | fn f(v: &[u8]) -> bool { v.iter().any(|x| *x == 1) } ==> fn f(v: &[u8]) -> bool { for x in v.iter() { if *x == 1 { return true; } } false }
any_to_loop | fn f(v: &[u8]) { if !v.iter().any(|x| *x == 1) { g() } } ==> fn f(v: &[u8]) { let mut found = false; for x in v.iter() { if *x == 1 { found = true; break; } } if !found { g() } }
any_to_loop | fn f(v: &[u8]) -> bool { h() && v.iter().any(|x| *x == 1) } ==> nothing
any_to_loop | fn f(v: &[u8]) { while v.iter().any(|x| *x == 1) { g() } } ==> nothing
any_to_loop | fn f(v: &[u8]) { if h() { g() } else if v.iter().any(|x| *x == 1) { g() } } ==> nothing
any_to_loop | fn f(v: &[u8]) -> bool { v.iter().any(|x| bail!(x)) } ==> nothing
any_to_loop | impl S | fn f(&self) -> bool { self.any(self.test) } ==> nothing
all_to_loop | fn f(v: &[u8]) -> bool { v.iter().all(|x| *x == 1) } ==> fn f(v: &[u8]) -> bool { for x in v.iter() { if *x != 1 { return false; } } true }
all_to_loop | fn f(v: &[f64]) -> bool { v.iter().all(|x| *x < 1.0) } ==> fn f(v: &[f64]) -> bool { for x in v.iter() { if !(*x < 1.0) { return false; } } true }
find_to_loop | fn f(v: &[u8]) -> Option<&u8> { v.iter().find(|x| **x == 1) } ==> fn f(v: &[u8]) -> Option<&u8> { for x in v.iter() { if *x == 1 { return Some(x); } } None }
find_to_loop | fn f(v: &[S]) -> Option<&S> { v.iter().find(|s| g(s) && s.len() > 1) } ==> fn f(v: &[S]) -> Option<&S> { for s in v.iter() { if g(&s) && s.len() > 1 { return Some(s); } } None }
find_to_loop | fn f(v: &[S]) -> Option<&S> { v.iter().find(|s| s.clone() == *y) } ==> fn f(v: &[S]) -> Option<&S> { for s in v.iter() { if (&s).clone() == *y { return Some(s); } } None }
find_to_loop | fn f(v: &[S]) -> Option<&S> { v.iter().find(|s| matches!(s, S::A)) } ==> nothing
find_to_loop | fn f(s: &str) -> Option<usize> { s.find(char::is_uppercase) } ==> nothing
find_map_to_loop | fn f(v: &[S]) -> Option<u8> { v.iter().find_map(|s| s.get()) } ==> fn f(v: &[S]) -> Option<u8> { for s in v.iter() { if let Some(value) = s.get() { return Some(value); } } None }
position_to_loop | fn f(v: &[u8]) -> Option<usize> { v.iter().position(|&x| x == 1) } ==> fn f(v: &[u8]) -> Option<usize> { for (i, &x) in v.iter().enumerate() { if x == 1 { return Some(i); } } None }
for_each_to_loop | fn f(v: &[u8]) { v.iter().for_each(|x| g(x)); } ==> fn f(v: &[u8]) { for x in v.iter() { g(x); } }
for_each_to_loop | fn f(v: &[u8]) { v.iter().for_each(|x| { if *x == 1 { return; } g(x) }); } ==> nothing
extend_to_loop | fn f(w: &[u8]) { let mut v = Vec::new(); v.extend(w.iter().map(|x| x + 1)); } ==> fn f(w: &[u8]) { let mut v = Vec::new(); for x in w.iter() { v.push(x + 1); } }
extend_to_loop | fn f(w: &[u8]) { let mut v = Heap::new(); v.extend(w.iter().map(|x| x + 1)); } ==> nothing
for_to_index_loop | fn f(v: &[u8]) { for x in v { g(x); } } ==> fn f(v: &[u8]) { for i in 0..v.len() { let x = &v[i]; g(x); } }
for_to_index_loop | fn f(v: &mut Vec<u8>) { for x in v.iter_mut() { *x = 1; } } ==> fn f(v: &mut Vec<u8>) { for i in 0..v.len() { let x = &mut v[i]; *x = 1; } }
for_to_index_loop | fn f(v: Vec<u8>) { for x in v { g(x); } } ==> nothing
for_to_index_loop | fn f(v: &Slab<u8>) { for x in v.iter() { g(x); } } ==> nothing
enumerate_to_index_loop | fn f(v: &[u8]) { for (i, &x) in v.iter().enumerate() { g(i, x); } } ==> fn f(v: &[u8]) { for i in 0..v.len() { let x = v[i]; g(i, x); } }
enumerate_to_index_loop | fn f(v: &[u8]) { for (i, x) in v.chunks(2).enumerate() { g(i, x); } } ==> nothing
enumerate_to_counter | fn f(v: &V) { for (i, x) in v.all().enumerate() { g(i, x) } } ==> fn f(v: &V) { let mut i = 0usize; for x in v.all() { g(i, x); i += 1; } }
enumerate_to_counter | fn f(v: &V) { for (i, x) in v.all().enumerate() { if x { continue; } g(i) } } ==> nothing
enumerate_to_counter | fn f(v: &V) { let i = 7; for (i, x) in v.all().enumerate() { g(i, x) } h(i) } ==> nothing
enumerate_to_counter | fn f(v: &V) { for (i, x) in v.all().enumerate() { skip_if!(x); g(i) } } ==> nothing
zip_to_index | fn f(a: &[u8], b: &[u8]) { for (x, y) in a.iter().zip(b) { g(x, y); } } ==> fn f(a: &[u8], b: &[u8]) { for i in 0..a.len().min(b.len()) { let x = &a[i]; let y = &b[i]; g(x, y); } }
zip_to_index | fn f(a: &[u8], b: &V) { for (x, y) in a.iter().zip(b) { g(x, y); } } ==> nothing
for_to_while_let | fn f(s: &str) { for c in s.chars() { g(c); } } ==> fn f(s: &str) { let mut iter = s.chars(); while let Some(c) = iter.next() { g(c); } }
for_to_while_let | fn f(v: &V) { 'a: for c in v.all() { continue 'a; } } ==> fn f(v: &V) { let mut iter = v.all().into_iter(); 'a: while let Some(c) = iter.next() { continue 'a; } }
for_to_while_let | fn f(v: &mut Vec<u8>) { for c in v.drain(..) { g(c); } } ==> nothing
range_for_to_while | fn f(n: u8) { for i in 0..n { g(i); } } ==> fn f(n: u8) { let mut i = 0; while i < n { g(i); i += 1; } }
range_for_to_while | fn f(v: &V) { for i in 0..v.len() { g(i); } } ==> fn f(v: &V) { let end = v.len(); let mut i = 0; while i < end { g(i); i += 1; } }
range_for_to_while | fn f(n: u8) { for i in 0..=n { g(i); } } ==> nothing
range_for_to_while | fn f(n: u8) { for i in 0..n { if h(i) { continue; } g(i); } } ==> nothing
range_for_to_while | fn f(n: u8) { for i in 0..n { let i = i + 1; g(i); } } ==> nothing
range_for_to_while | fn f(n: u8) { for i in 0..n { v.push(&i); } } ==> nothing
rev_range_to_while | fn f(n: u8) { for i in (1..n).rev() { if h(i) { continue; } g(i); } } ==> fn f(n: u8) { let mut i = n; while i > 1 { i -= 1; if h(i) { continue; } g(i); } }
rev_range_to_while | fn f(n: u8) { for i in (first()..n).rev() { g(i); } } ==> nothing
""")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_example(example):
    check_example(ENTRIES, *example)


def test_every_entry_has_an_example():
    assert {name for name, _, _, after in EXAMPLES if after != "nothing"} == ENTRIES
