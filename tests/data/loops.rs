// Functions in idiomatic Rust, each with what it must give: rewritten forms are put in their place.

fn shouted(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| word.to_uppercase()).collect()
}

fn squares_of_even(numbers: &[u32]) -> Vec<u32> {
    numbers.iter().filter(|n| *n % 2 == 0).map(|x| x * x).collect()
}

fn long_words(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text.split_whitespace().filter(|w| w.len() > 3).collect();
    words
}

fn digits(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_digit()).collect()
}

fn joined(numbers: &[i32]) -> String {
    numbers.iter().map(|n| n.to_string()).collect::<Vec<_>>().join("-")
}

fn parsed(texts: &[&str]) -> Result<Vec<u8>, std::num::ParseIntError> {
    texts.iter().map(|text| text.parse::<u8>()).collect()
}

fn all_some(values: &[Option<u8>]) -> Option<Vec<u8>> {
    values.iter().map(|value| *value).collect()
}

fn distinct(numbers: &[u8]) -> usize {
    let seen = numbers.iter().copied().collect::<std::collections::HashSet<u8>>();
    seen.len()
}

fn paired(keys: &[u8]) -> std::collections::HashMap<u8, usize> {
    keys.iter().enumerate().map(|(i, key)| (*key, i)).collect()
}

fn total(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

fn total_of_lengths(words: &[&str]) -> usize {
    let all: usize = words.iter().map(|w| w.len()).sum();
    all + 1
}

fn factorial(n: u64) -> u64 {
    (1..n + 1).product()
}

fn vowels(text: &str) -> usize {
    text.chars().filter(|&c| "aeiou".contains(c)).count()
}

fn common_prefix(a: &str, b: &str) -> usize {
    let n = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    n * 2
}

fn has_negative(numbers: &[i32]) -> bool {
    numbers.iter().any(|&n| n < 0)
}

fn warns(numbers: &[i32]) -> &'static str {
    if numbers.iter().any(|n| *n > 100) {
        "large"
    } else {
        "fine"
    }
}

fn is_sorted(numbers: &[i32]) -> bool {
    numbers.windows(2).all(|pair| pair[0] <= pair[1])
}

fn same_ends(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b.iter()).all(|(x, y)| x == y);
    same && a.len() == b.len()
}

fn first_long<'a>(words: &[&'a str]) -> Option<&'a str> {
    words.iter().copied().find(|w| w.len() > 4)
}

fn rest_after(mut numbers: std::ops::Range<u8>, wanted: u8) -> (bool, Option<u8>) {
    let found = numbers.any(|n| n == wanted);
    (found, numbers.next())
}

fn first_at(numbers: &[i32], wanted: i32) -> Option<(usize, i32)> {
    numbers.iter().copied().enumerate().find(|&(_, n)| n == wanted)
}

fn index_or_end(numbers: &[i32], wanted: i32) -> usize {
    match numbers.iter().position(|&n| n == wanted) {
        Some(at) => at,
        None => numbers.len(),
    }
}

fn first_number(words: &[&str]) -> Option<i32> {
    words.iter().find_map(|word| word.parse().ok())
}

fn largest(numbers: &[i32]) -> i32 {
    numbers.iter().fold(i32::MIN, |best, n| best.max(*n))
}

fn reversed(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        out.insert(0, c);
        out
    })
}

fn doubled(numbers: &mut [i32]) {
    numbers.iter_mut().for_each(|n| *n *= 2);
}

fn appended(mut out: Vec<u8>, text: &str) -> Vec<u8> {
    out.extend(text.bytes().filter(|b| *b != b' ').map(|b| b + 1));
    out
}

fn flattened(rows: &[Vec<u8>]) -> Vec<u8> {
    rows.iter().flat_map(|row| row.iter().copied()).map(|n| n + 1).collect()
}

fn in_a_closure(rows: &[Vec<i32>]) -> Vec<bool> {
    rows.iter().map(|row| row.iter().any(|n| *n == 0)).collect()
}

fn by_arm(kind: u8, numbers: &[i32]) -> bool {
    match kind {
        0 => numbers.iter().any(|n| *n == 0),
        1 => numbers.iter().all(|n| *n == 1),
        _ => false,
    }
}

fn weighted(numbers: &[i64]) -> i64 {
    let mut sum = 0;
    for (i, n) in numbers.iter().enumerate() {
        if *n < 0 {
            sum -= 1;
        }
        sum += i as i64 * n;
    }
    sum
}

fn skipping(numbers: &[i64]) -> i64 {
    let mut sum = 0;
    for (i, n) in numbers.iter().enumerate() {
        if *n < 0 {
            continue;
        }
        sum += i as i64 * n;
    }
    for &n in numbers {
        if n > 50 {
            break;
        }
        sum += n;
    }
    sum
}

fn dot(a: &[i32], b: &[i32]) -> i32 {
    let mut sum = 0;
    for (x, y) in a.iter().zip(b) {
        sum += x * y;
    }
    sum
}

fn triangle(n: usize) -> Vec<usize> {
    let mut rows = vec![0, 7];
    for i in 1..n {
        for j in (0..i).rev() {
            if j == 2 {
                continue;
            }
            rows.push(i * 10 + j);
        }
    }
    rows
}

fn checksum(text: &str) -> u32 {
    let mut sum = 0u32;
    'bytes: for b in text.bytes() {
        for i in 0..text.len() {
            if i as u8 == b {
                break 'bytes;
            }
            sum += u32::from(b);
        }
    }
    sum
}

fn raised(numbers: &mut Vec<i32>) {
    for n in numbers.iter_mut() {
        *n += 1;
    }
}

fn longer<'x>(a: &'x str, b: &'x str) -> &'x str {
    if a.len() > b.len() {
        a
    } else {
        b
    }
}

fn head(text: &str) -> &str {
    &text[..1]
}

fn shown(name: &str, n: usize, places: usize) -> String {
    let mut out = String::new();
    for part in [format!("{{{name}}}: {n:>4}|{}", places), format!("{n:.places$}"), n.to_string()] {
        out.push_str(&part);
    }
    use std::fmt::Write;
    writeln!(out, "{name} \u{41} {}", n + 1).unwrap();
    writeln!(out).unwrap();
    out.write_str("end").unwrap();
    out.write_str(name).unwrap();
    out
}

fn measured(texts: impl Iterator<Item = u8>, weigh: &mut impl FnMut(u8) -> u32) -> u32 {
    texts.map(|b| weigh(b)).sum()
}

pub fn check() {
    assert_eq!(shouted(&["a", "b"]), ["A", "B"]);
    assert_eq!(squares_of_even(&[1, 2, 3, 4]), [4, 16]);
    assert_eq!(long_words("a word of some length"), ["word", "some", "length"]);
    assert_eq!(digits("a1b22"), "122");
    assert_eq!(joined(&[1, -2, 3]), "1--2-3");
    assert_eq!(parsed(&["1", "20"]), Ok(vec![1, 20]));
    assert!(parsed(&["1", "x", "300"]).unwrap_err().to_string().contains("invalid digit"));
    assert_eq!(all_some(&[Some(1), Some(2)]), Some(vec![1, 2]));
    assert_eq!(all_some(&[Some(1), None]), None);
    assert_eq!(distinct(&[1, 1, 2]), 2);
    assert_eq!(paired(&[5, 6, 5]), [(5, 2), (6, 1)].into());
    assert_eq!((total(&[1, 2, 3]), total(&[])), (6, 0));
    assert_eq!(total_of_lengths(&["ab", "c"]), 4);
    assert_eq!((factorial(4), factorial(0)), (24, 1));
    assert_eq!(vowels("idiomatic"), 5);
    assert_eq!((common_prefix("abcd", "abx"), common_prefix("", "a")), (4, 0));
    assert_eq!((has_negative(&[1, -1]), has_negative(&[])), (true, false));
    assert_eq!((warns(&[1, 101]), warns(&[1])), ("large", "fine"));
    assert_eq!((is_sorted(&[1, 1, 2]), is_sorted(&[2, 1]), is_sorted(&[])), (true, false, true));
    assert_eq!((same_ends(b"ab", b"ab"), same_ends(b"ab", b"ac"), same_ends(b"a", b"ab")), (true, false, false));
    assert_eq!((first_long(&["a", "abcde", "abcdef"]), first_long(&["a"])), (Some("abcde"), None));
    assert_eq!((rest_after(0..5, 2), rest_after(0..2, 9)), ((true, Some(3)), (false, None)));
    assert_eq!((first_at(&[4, 5, 5], 5), first_at(&[4], 5)), (Some((1, 5)), None));
    assert_eq!((index_or_end(&[4, 5, 5], 5), index_or_end(&[4], 5)), (1, 1));
    assert_eq!((first_number(&["a", "7", "8"]), first_number(&["a"])), (Some(7), None));
    assert_eq!((largest(&[3, 9, 4]), largest(&[])), (9, i32::MIN));
    assert_eq!(reversed("abc"), "cba");
    let mut numbers = vec![1, 2];
    doubled(&mut numbers);
    raised(&mut numbers);
    assert_eq!(numbers, [3, 5]);
    assert_eq!(appended(vec![0], "a b"), [0, b'b', b'c']);
    assert_eq!(flattened(&[vec![1], vec![], vec![2, 3]]), [2, 3, 4]);
    assert_eq!(in_a_closure(&[vec![1], vec![2, 0]]), [false, true]);
    assert_eq!((by_arm(0, &[1, 0]), by_arm(1, &[1, 0]), by_arm(1, &[1]), by_arm(2, &[0])), (true, false, true, false));
    assert_eq!(weighted(&[5, 6, -7]), 6 - 14 - 1);
    assert_eq!(skipping(&[5, -6, 7, 51, 1]), 14 + 153 + 4 + 5 - 6 + 7);
    assert_eq!((dot(&[1, 2, 3], &[4, 5]), dot(&[1], &[4, 5])), (14, 4));
    assert_eq!(triangle(5), [0, 7, 10, 21, 20, 31, 30, 43, 41, 40]);
    assert_eq!((checksum("ab"), checksum("a\u{1}bc")), (2 * 97 + 2 * 98, 4 * 97 + 1));
    assert_eq!((longer("ab", "c"), head("xy")), ("ab", "x"));
    assert_eq!(shown("a", 3, 2), "{a}: ".to_owned() + "   3|233a A 4\n\nenda");
    let mut weighed = 0;
    assert_eq!(measured(b"\x01\x02".iter().copied(), &mut |b| { weighed += 1; u32::from(b) * 2 }), 6);
    assert_eq!(weighed, 2);
}
