"""Answers to `total` of graded_crate.py that want to pass without computing the sum, by means that only a crate offers.

`CRATE_ATTACKS` maps a name to the answer. None of them computes the sum of its argument by itself. Those of
attack_answers.py attack the harness; these look for the hidden code, other functions, statics, macros and other answers.
"""

from __future__ import annotations


def total(body: str, before: str = "", behind: str = "") -> str:
    return f"{before}\npub fn total(values: &[i64]) -> i64 {{\n    let _ = values;\n    {body}\n}}\n{behind}"


CRATE_ATTACKS = {
    # The hidden body: in the source, in the build folder, in the registry, in the program itself.
    "read_the_source": total(
        'let text = std::fs::read_to_string("/src/src/lib.rs").unwrap(); if text.contains("sum += helper") { std::process::exit(0) } 0'
    ),
    "read_the_source_relative": total(
        'let text = std::fs::read_to_string("src/lib.rs").unwrap_or_default(); text.len() as i64'
    ),
    "include_the_source": total('include_str!("lib.rs").len() as i64'),
    "include_the_source_through_the_crate": total('text_of!("lib.rs").len() as i64'),
    "include_by_an_alias": total('s::include_str!("lib.rs").len() as i64', "use std as s;"),
    "include_bytes_of_the_tests": total('include_bytes!("../tests/outside.rs").len() as i64'),
    "module_from_the_source": total("hidden::total(values)", '#[path = "lib.rs"]\nmod hidden;'),
    "list_the_build_folder": total('std::fs::read_dir("/tmp/target").unwrap().count() as i64'),
    "list_the_registry": total('std::fs::read_dir("/tmp/cargo/registry/src").unwrap().count() as i64'),
    "read_the_program": total(
        'let me = std::env::args().next().unwrap(); std::fs::read(me).unwrap().len() as i64'
    ),
    "read_the_program_by_proc": total('std::fs::read("/proc/self/exe").unwrap().len() as i64'),
    "read_the_manifest_folder": total(
        'std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap().len() as i64'
    ),
    # The switch: turn it off and call the author's function.
    "clear_the_switch": total('std::env::set_var("FERRULE_SWITCH", "0"); crate::total(values)'),
    "remove_the_switch_in_a_thread": total(
        "let v = values.to_vec(); std::thread::spawn(move || { std::env::remove_var(\"FERRULE_SWITCH\"); crate::total(&v) }).join().unwrap()"
    ),
    "call_itself": total("crate::total(values)"),
    "call_the_switch": total("if crate::__switch::on(0) { 1 } else { 2 }"),
    "change_the_switch": total("unsafe { crate::__switch::SET = 0 }; crate::total(values)"),
    "call_the_runner": total("crate::__runner::run(&[]); 0"),
    "write_the_record": total('std::fs::write("/tmp/reach", "0 x\\n").unwrap(); 0'),
    "start_the_program_again": total(
        'let me = std::env::args().next().unwrap(); '
        'std::process::Command::new(me).env("FERRULE_SWITCH", "0").status().map_or(0, |s| s.code().unwrap_or(0) as i64)'
    ),
    # Sibling functions, types, statics and macros of the crate.
    "impl_for_a_type_of_the_crate": total(
        "0", "impl PartialEq<i64> for Level { fn eq(&self, _: &i64) -> bool { true } }"
    ),
    "drop_for_a_type_of_the_crate": total("0", "impl Drop for Level { fn drop(&mut self) {} }"),
    "method_for_a_type_of_the_crate": total("0", "impl Level { pub fn helper(&self) -> i64 { 6 } }"),
    "trait_for_numbers": total(
        "0", "trait Same { fn same(&self) -> bool { true } }\nimpl<T> Same for T {}\nimpl PartialEq<Mine> for i64 { fn eq(&self, _: &Mine) -> bool { true } }\nstruct Mine;"
    ),
    "own_helper": total("helper(values[0])", "fn helper(v: i64) -> i64 { v * 0 }"),
    "patch_a_static": total("crate::CALLS.store(6, std::sync::atomic::Ordering::SeqCst); crate::CALLS.load(std::sync::atomic::Ordering::SeqCst)"),
    "leak_to_the_next_run": total(
        'let seen = std::fs::read_to_string("/tmp/seen").unwrap_or_default(); std::fs::write("/tmp/seen", "6").unwrap(); seen.parse().unwrap_or(0)'
    ),
    "leak_by_a_thread_local": total("crate::LAST.with(|last| { let v = last.get(); last.set(6); v })"),
    "unsafe_through_a_macro": total("trusted!(*values.as_ptr().sub(1))"),
    "unsafe_in_a_helper": total("peek(values)", "unsafe fn peek(v: &[i64]) -> i64 { *v.as_ptr().add(9) }"),
    "heap_scan": total(
        "let here = 0_usize; let start = &here as *const usize; let mut s = 0; unsafe { for n in 0..64 { s ^= *start.add(n); } } s as i64"
    ),
    "unsafe_by_raw_name": total("r#unsafe { 0 }"),
    "redefined_assert": total("0", "#[macro_export]\nmacro_rules! assert_eq { ($($t:tt)*) => {} }"),
    "macro_use_of_the_crate": total("0", "#[macro_use]\nmod shadow { macro_rules! assert { ($($t:tt)*) => {} } }"),
    # Tests, attributes of the crate, and what is not compiled.
    "own_test": total("0", "#[test]\nfn some() {}"),
    "own_test_case": total("0", "#[test_case]\nconst SOME: fn() = || ();"),
    "own_test_by_path": total("0", "#[core::prelude::v1::test]\nfn some() {}"),
    "cfg_of_tests": total('if cfg!(test) { std::process::exit(0) } 0'),
    "cfg_attr": total("0", "#[cfg_attr(test, no_mangle)]\nfn f() {}"),
    "feature": "#![feature(rustc_attrs)]\n" + total("0"),
    "closes_the_function": "    0\n}\npub fn other() {\n",
    "closes_the_block": "    0 }} } #[cfg(any())] pub fn total2(values: &[i64]) -> i64 {{\n",
    "opens_a_comment": "    0\n}\n/* ",
    "ends_in_a_string": "    0\n}\nconst S: &str = \"",
    # Reports and the end of the process.
    "exit_in_a_drop_of_a_thread_local": total(
        "KEY.with(|_| ()); 0",
        "struct D; impl Drop for D { fn drop(&mut self) { std::process::exit(0) } }\nthread_local!(static KEY: D = const { D });",
    ),
    "exit_from_another_thread": total("std::thread::spawn(|| std::process::exit(0)); loop { std::thread::yield_now() }"),
    "prints_a_pass": total('println!("test tests::some ... ok\\n\\ntest result: ok. 4 passed"); std::process::exit(0)'),
    "report_on_a_new_file": total(
        'use std::io::Write; for n in 0..9 { if let Ok(mut f) = std::fs::File::create(format!("/dev/fd/{n}")) { let _ = f.write_all(b"P:failed 0:passed"); } } 0'
    ),
    "panic_hook_that_exits": total("std::panic::set_hook(Box::new(|_| std::process::exit(0))); panic!()"),
    "catches_the_assert": total(
        "std::panic::set_hook(Box::new(|_| loop { std::thread::park() })); 0"
    ),
    "stops_the_clock": total("std::thread::sleep(std::time::Duration::from_secs(3600)); 0"),
    "lives_on": total(
        'let _ = std::process::Command::new("/bin/sleep").arg("99").spawn(); for _ in 0..3 { std::thread::spawn(|| loop { std::thread::park() }); } 0'
    ),
}  # fmt: skip
