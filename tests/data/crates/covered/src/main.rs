//! A program with a test of its own.

fn main() {
    println!("{}", greeting("you"));
}

fn greeting(name: &str) -> String {
    format!("hello {name}, {}", covered::largest(1, 2, 3))
}

#[cfg(test)]
mod tests {
    #[test]
    fn greets() {
        assert_eq!(super::greeting("me"), "hello me, 3");
    }
}
