use std::process::Command;

#[test]
fn prints_a_greeting() {
    let said = Command::new(env!("CARGO_BIN_EXE_covered")).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), "hello you, 3\n");
}
