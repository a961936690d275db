#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tactful_fuzz::splice(bytes));
