#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perspio_http::fuzzing::event_stream(bytes));
