//! A proc-macro crate.

extern crate proc_macro;
use proc_macro::TokenStream;

/// Gives back every second token of its input, starting with the first one.
#[proc_macro]
pub fn every_second(input: TokenStream) -> TokenStream {
    let mut kept = TokenStream::new();
    for (position, token) in input.into_iter().enumerate() {
        if position % 2 == 0 {
            kept.extend([token]);
        }
    }
    kept
}
