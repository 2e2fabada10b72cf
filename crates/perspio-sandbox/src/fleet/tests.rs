use serde_json::json;

use super::*;

fn assets(count: usize) -> Vec<Object> {
    Fleet::new(count).with_assets(<[Object]>::to_vec)
}

#[test]
fn every_run_sees_the_same_fleet_and_a_larger_one_only_adds_to_it() {
    assert_eq!(assets(250), assets(250));
    assert_eq!(assets(100)[..], assets(250)[..100]);
}

#[test]
fn ids_count_up_from_one() {
    let assets = assets(250);
    assert_eq!(assets.len(), 250);
    assert_eq!(assets[0]["id"], "IN-000001");
    assert_eq!(assets[249]["id"], "IN-000250");
}

#[test]
fn assets_differ_in_what_they_hold() {
    let assets = assets(250);
    let with = |name: &str| assets.iter().filter(|a| a.contains_key(name)).count();
    for name in [
        "name",
        "make",
        "model",
        "assetType",
        "status",
        "description",
    ] {
        assert_eq!(with(name), 250, "{name}");
    }
    for name in ["siteId", "tags", "telemetry", "lastSeen"] {
        assert!((150..250).contains(&with(name)), "{name}");
    }
    let nulls = assets.iter().filter(|a| a["description"].is_null()).count();
    assert!((20..100).contains(&nulls), "{nulls}");
    for name in ["make", "status"] {
        let mut values: Vec<_> = assets.iter().map(|a| a[name].to_string()).collect();
        values.sort();
        values.dedup();
        assert!(values.len() >= 3, "{name}");
    }
}

#[test]
fn telemetry_has_the_names_seen_in_public_and_plausible_values() {
    let bounds = [
        ("crankingVoltage", 9.0..13.0),
        ("externalBatteryVoltage", 11.8..14.4),
        ("engineCoolantTemp", 20.0..100.0),
        ("fuelLevelPct", 0.0..101.0),
    ];
    let assets = assets(250);
    let telemetry: Vec<_> = assets.iter().filter_map(|a| a.get("telemetry")).collect();
    for (name, bounds) in bounds {
        let values: Vec<_> = telemetry.iter().filter_map(|t| t[name].as_f64()).collect();
        assert!(values.len() > 50, "{name}");
        assert!(values.iter().all(|v| bounds.contains(v)), "{name}");
    }
}

#[test]
fn a_site_that_an_asset_names_exists() {
    let fleet = Fleet::new(250);
    let sites: Vec<_> = fleet.sites().iter().map(|site| &site["id"]).collect();
    assert_eq!(sites[0], "IN-SITE-000001");
    fleet.with_assets(|assets| {
        let mut named = assets.iter().filter_map(|asset| asset.get("siteId"));
        assert!(named.all(|id| sites.contains(&id)));
    });
}

#[test]
fn a_refused_patch_changes_nothing() {
    let fleet = Fleet::new(1);
    let before = fleet.asset("IN-000001");
    let patch = json!({ "a": 1, "id": "IN-000002" });
    let patch = patch.as_object().cloned().unwrap();
    let refused = fleet.patch_asset("IN-000001", patch);
    assert_eq!(refused, Err(PatchError::IdIsFixed));
    assert_eq!(fleet.asset("IN-000001"), before);
}
