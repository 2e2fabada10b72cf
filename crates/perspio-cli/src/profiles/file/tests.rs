//! Reading and changing the file of the profiles.

use super::*;

fn parse(text: &str) -> Result<ProfilesFile, String> {
    ProfilesFile::parse(PathBuf::from("profiles.toml"), text)
        .map_err(|failure| failure.text().to_owned())
}

const FILE: &str = "\
# The plants
default = \"north\"

[profiles.north] # first
tenant_id = \"in-1\" # of the north
client_id = \"a\"

[profiles.south]
client_id = \"b\"
offline_access = true
";

#[test]
fn comments_and_order_survive_changes() {
    let mut file = parse(FILE).unwrap();
    let mut values = file.profiles()["south"].clone();
    assert_eq!(values["OFFLINE_ACCESS"], "true");
    values.insert("TENANT_ID", "in-2".to_owned());
    assert!(file.set("south", &values).is_ok());
    file.set_default("south");
    let text = file.document.to_string();
    let expected = FILE
        .replace("default = \"north\"", "default = \"south\"")
        .replace("= true\n", "= \"true\"\ntenant_id = \"in-2\"\n");
    assert_eq!(text, expected);
    assert!(file.remove("south").is_ok());
    let text = file.document.to_string();
    assert!(
        text.contains("# of the north") && !text.contains("south"),
        "{text}"
    );
}

#[test]
fn an_invalid_file_is_reported_with_its_line_and_cause() {
    for (text, line, cause) in [
        ("[profiles.a]\nclient_id = canary", 2, "quoted"),
        (
            "\n[profiles.a]\ntenantid = \"canary\"",
            3,
            "did you mean `tenant_id`?",
        ),
        ("defaults = \"canary\"", 1, "did you mean `default`?"),
        (
            "[profiles.a]\nclient_secret = \"canary\"",
            2,
            "perspio profile add",
        ),
        (
            "[profiles.a]\nstore_key = \"canary\"",
            2,
            "PERSPIO_STORE_KEY",
        ),
        ("[profiles.a]\nclient_id = 7", 2, "quotation marks"),
        ("[profiles.A]", 1, "lower-case"),
        ("[profiles]\na = \"canary\"", 2, "a profile is a table"),
        ("profiles = 3", 1, "must be a table"),
        ("default = 3", 1, "quotation marks"),
        ("[profiles.north]\n[profiles.north]", 2, "duplicate"),
    ] {
        let error = parse(text).map(drop).unwrap_err();
        let place = format!("profiles.toml, line {line}: ");
        assert!(
            error.contains(&place) && error.contains(cause),
            "{text}: {error}"
        );
        assert!(!error.contains("canary"), "{error}");
    }
    let error = parse("default = \"nroth\"\n[profiles.north]")
        .map(drop)
        .unwrap_err();
    assert!(
        error.contains("line 1") && error.contains("`north`"),
        "{error}"
    );
}
