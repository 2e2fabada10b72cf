use super::*;

#[test]
fn the_endpoints_follow_the_authority() {
    let profile = Profile::perspiotalk();
    assert_eq!(
        profile.token_url().base(),
        "https://login.microsoftonline.com/7d548d61-6361-4a6e-85e6-509e2c05d05e/oauth2/v2.0/token"
    );
    let authority = Endpoint::parse("http://127.0.0.1:9/dir/").unwrap();
    let profile = profile.with_authority(&authority);
    assert_eq!(
        profile.authorize_url().base(),
        "http://127.0.0.1:9/dir/oauth2/v2.0/authorize"
    );
    assert_eq!(
        profile.token_url().base(),
        "http://127.0.0.1:9/dir/oauth2/v2.0/token"
    );
    assert_eq!(
        profile.device_code_url().base(),
        "http://127.0.0.1:9/dir/oauth2/v2.0/devicecode"
    );
}

#[test]
fn a_header_value_with_a_line_break_is_refused_and_not_repeated() {
    let value = SecretString::from("canary\r\nx: y");
    let tid = HeaderName::from_static("tid");
    let error = Profile::perspiotalk().with_header(tid, &value).unwrap_err();
    assert!(error.to_string().contains("tid"));
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[test]
fn no_header_value_appears_in_debug() {
    let value = SecretString::from("canary");
    let tid = HeaderName::from_static("tid");
    let profile = Profile::perspiotalk().with_header(tid, &value).unwrap();
    assert!(!format!("{profile:?}").contains("canary"));
}

#[test]
fn one_profiles_headers_are_not_anothers() {
    let names = |profile: &Profile| -> Vec<String> {
        profile
            .headers()
            .iter()
            .map(|header| header.name().to_string())
            .collect()
    };
    let api = Endpoint::parse("https://gas.example").unwrap();
    let dispogas = Profile::dispogas(api, "directory", "tenancy").unwrap();
    assert_eq!(
        names(&Profile::perspiotalk()),
        ["tid", "ocp-apim-subscription-key"]
    );
    assert_eq!(names(&dispogas), ["x-tenant-id"]);
}

#[test]
fn only_perspiotalk_repeats_what_writes_and_no_profile_a_patch_or_post() {
    let api = Endpoint::parse("https://gas.example").unwrap();
    let dispogas = Profile::dispogas(api.clone(), "directory", "tenancy").unwrap();
    let custom = Profile::custom("other", api.clone(), &api);
    let reading = [Method::GET, Method::HEAD];
    assert_eq!(dispogas.repeatable_methods(), reading);
    assert_eq!(custom.repeatable_methods(), reading);
    assert_eq!(
        Profile::perspiotalk().repeatable_methods(),
        [Method::GET, Method::HEAD, Method::PUT, Method::DELETE]
    );
}
