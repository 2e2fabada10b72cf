//! Numbers that JSON allows and a 64-bit float cannot hold.

use std::borrow::Cow;

/// Returns `json` with the numbers beyond the range of a 64-bit float as texts.
pub(super) fn numbers_in_range(json: &[u8]) -> Cow<'_, [u8]> {
    let mut changed = Vec::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at = end_of_text(json, at),
            b'-' | b'0'..=b'9' => {
                let start = at;
                let rest = json.get(start..).unwrap_or_default();
                let of_number =
                    |it: &&u8| matches!(it, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                at += rest.iter().take_while(of_number).count();
                let text = json
                    .get(start..at)
                    .and_then(|it| std::str::from_utf8(it).ok());
                let number = text.and_then(|text| text.parse::<f64>().ok());
                if number.is_some_and(f64::is_infinite) {
                    changed.extend_from_slice(json.get(copied..start).unwrap_or_default());
                    changed.push(b'"');
                    changed.extend_from_slice(json.get(start..at).unwrap_or_default());
                    changed.push(b'"');
                    copied = at;
                }
            }
            _ => at += 1,
        }
    }
    if changed.is_empty() {
        return Cow::Borrowed(json);
    }
    changed.extend_from_slice(json.get(copied..).unwrap_or_default());
    Cow::Owned(changed)
}

/// Returns the position after the text that begins at `start`.
fn end_of_text(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'"' => break,
            _ => {}
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_beyond_a_64_bit_float_become_texts() {
        let in_range = |json: &str| {
            let changed = numbers_in_range(json.as_bytes()).into_owned();
            String::from_utf8(changed).unwrap()
        };
        assert_eq!(
            in_range(r#"[1e400,-1E+999,"1e400 \" 1e400",{"1e400":1e308}]"#),
            r#"["1e400","-1E+999","1e400 \" 1e400",{"1e400":1e308}]"#
        );
        for json in ["", "\"", "\"\\", "1e", "--", "[1, 2.5e-400]"] {
            assert!(
                matches!(numbers_in_range(json.as_bytes()), Cow::Borrowed(_)),
                "{json}"
            );
        }
    }
}
