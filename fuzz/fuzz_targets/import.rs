#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perspio_codegen::fuzzing::import(bytes));
