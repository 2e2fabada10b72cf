//! Characters that get into a setting by mistake when it is copied.

/// Returns what is wrong with the characters of a setting: an invisible one, or quotation
/// marks around the value. The text does not show the value.
///
/// ```
/// use perspio_http::settings::misplaced_characters;
///
/// assert_eq!(misplaced_characters("value"), None);
/// assert!(misplaced_characters("\u{feff}value").is_some());
/// assert!(misplaced_characters("'value'").is_some());
/// ```
pub fn misplaced_characters(text: &str) -> Option<String> {
    if let Some((character, name)) = text.chars().find_map(|it| Some((it, invisible(it)?))) {
        let code = u32::from(character);
        return Some(format!(
            "contains {name} (U+{code:04X}), which is not visible: remove it"
        ));
    }
    let trimmed = text.trim();
    let (first, last) = (trimmed.chars().next()?, trimmed.chars().next_back()?);
    let is_quoted = trimmed.chars().nth(1).is_some() && is_quote(first) && is_quote(last);
    // Typographic quotation marks are never a part of a value.
    let is_typographic = |it: char| !it.is_ascii() && is_quote(it);
    (is_quoted || is_typographic(first) || is_typographic(last)).then(|| {
        "is surrounded by quotation marks: remove them (a shell removes its own; other programs \
         take them for a part of the value)"
            .to_owned()
    })
}

/// Returns the name of a character that cannot be seen, or that looks like a space.
fn invisible(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{feff}' => "a byte order mark",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' => "a zero-width non-joiner",
        '\u{200d}' => "a zero-width joiner",
        '\u{2060}' => "a word joiner",
        '\u{a0}' | '\u{2007}' | '\u{202f}' => "a non-breaking space",
        '\u{ad}' => "a soft hyphen",
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a mark of the text direction"
        }
        // Fillers, variation selectors, tags, and other format characters.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2061}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => "a format character",
        other if !other.is_ascii() && other.is_whitespace() => "a space that is not ASCII",
        _ => return None,
    })
}

fn is_quote(character: char) -> bool {
    matches!(
        character,
        '"' | '\''
            | '`'
            | '“'
            | '”'
            | '„'
            | '‟'
            | '‘'
            | '’'
            | '‚'
            | '‛'
            | '«'
            | '»'
            | '‹'
            | '›'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invisible_character_is_found_anywhere_and_named() {
        for (character, name) in [
            ('\u{feff}', "byte order mark (U+FEFF)"),
            ('\u{200b}', "zero-width space (U+200B)"),
            ('\u{200c}', "(U+200C)"),
            ('\u{200d}', "(U+200D)"),
            ('\u{2060}', "(U+2060)"),
            ('\u{a0}', "non-breaking space (U+00A0)"),
            ('\u{202f}', "(U+202F)"),
            ('\u{ad}', "(U+00AD)"),
            ('\u{200e}', "(U+200E)"),
            ('\u{2062}', "(U+2062)"),
            ('\u{fe0f}', "(U+FE0F)"),
            ('\u{3000}', "(U+3000)"),
            ('\u{2028}', "(U+2028)"),
            ('\u{e0041}', "(U+E0041)"),
        ] {
            for text in [
                format!("{character}canary"),
                format!("can{character}ary"),
                format!("canary{character}"),
                character.to_string(),
            ] {
                let problem = misplaced_characters(&text).unwrap();
                assert!(problem.contains(name), "{problem}");
                assert!(!problem.contains("canary"), "{problem}");
            }
        }
    }

    #[test]
    fn quotation_marks_around_a_value_are_found() {
        for text in [
            "\"canary\"",
            "'canary'",
            " \"canary\"\n",
            "“canary”",
            "„canary“",
            "‘canary’",
            "«canary»",
            "`canary`",
            "“canary",
            "canary”",
            "\"\"",
        ] {
            let problem = misplaced_characters(text).unwrap();
            assert!(problem.contains("quotation marks"), "{problem}");
            assert!(!problem.contains("canary"), "{problem}");
        }
    }

    #[test]
    fn visible_characters_and_ascii_spaces_are_accepted() {
        for text in [
            "",
            " ",
            "\"",
            "value",
            " value\r\n",
            "a b\tc",
            "it's",
            "\"a\" b",
            "Zoë-東京-🙂",
            "~!@#$%^&*()_+{}|:<>?[]\\;',./=",
        ] {
            assert_eq!(misplaced_characters(text), None, "{text:?}");
        }
    }
}
