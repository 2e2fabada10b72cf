use serde_json::json;

use super::*;

fn assets(count: usize) -> Vec<Object> {
    all(&Fleet::new(count, 0))
}

fn all(fleet: &Fleet) -> Vec<Object> {
    let write = |assets: Assets<'_>| serde_json::to_vec(&assets.collect::<Vec<_>>());
    let list = fleet.list(|assets| write(assets).map(Bytes::from)).unwrap();
    serde_json::from_slice(&list).unwrap()
}

#[test]
fn every_run_sees_the_same_fleet_and_a_larger_one_only_adds_to_it() {
    assert_eq!(assets(250), assets(250));
    assert_eq!(assets(100)[..], assets(250)[..100]);
}

#[test]
fn another_seed_makes_another_fleet_with_the_same_ids() {
    let (one, other) = (all(&Fleet::new(50, 1)), all(&Fleet::new(50, 2)));
    assert_ne!(one, other);
    let ids = |assets: &[Object]| {
        assets
            .iter()
            .map(|asset| asset["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&one), ids(&other));
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
        assert!((25..200).contains(&with(name)), "{name}");
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
fn a_list_of_a_hundred_thousand_assets_has_about_20_megabytes() {
    let list = serde_json::to_vec(&assets(1000)).unwrap();
    assert!((190_000..210_000).contains(&list.len()), "{}", list.len());
}

#[test]
fn telemetry_has_the_names_seen_in_public_and_plausible_values() {
    let bounds = [
        ("crankingVoltage", 9.0..13.0),
        ("externalBatteryVoltage", 11.8..14.4),
        ("engineCoolantTemp", 20.0..100.0),
        ("fuelLevelPct", 0.0..101.0),
    ];
    let assets = assets(500);
    let telemetry: Vec<_> = assets.iter().filter_map(|a| a.get("telemetry")).collect();
    for (name, bounds) in bounds {
        let values: Vec<_> = telemetry.iter().filter_map(|t| t[name].as_f64()).collect();
        assert!(values.len() > 50, "{name}");
        assert!(values.iter().all(|v| bounds.contains(v)), "{name}");
    }
}

#[test]
fn a_site_that_an_asset_names_exists() {
    let fleet = Fleet::new(250, 0);
    let sites: Vec<_> = fleet.sites().iter().map(|site| &site["id"]).collect();
    assert_eq!(sites[0], "IN-SITE-000001");
    let assets = all(&fleet);
    let mut named = assets.iter().filter_map(|asset| asset.get("siteId"));
    assert!(named.all(|id| sites.contains(&id)));
}

#[test]
fn an_asset_alone_is_what_it_is_in_the_list_and_only_its_whole_id_names_it() {
    let fleet = Fleet::new(12, 0);
    assert_eq!(fleet.asset("in-000012").as_ref(), all(&fleet).last());
    for id in [
        "IN-000000",
        "IN-000013",
        "IN-12",
        "IN-0000012",
        "IN-+00012",
        "DM-000012",
        "000012",
        "",
    ] {
        assert_eq!(fleet.asset(id), None, "{id}");
    }
    assert!(Fleet::new(1_000_000, 0).asset("IN-1000000").is_some());
    assert_eq!(Fleet::new(0, 0).asset("IN-000000"), None);
}

#[test]
fn the_list_is_written_once_and_again_after_a_change() {
    let fleet = Fleet::new(3, 0);
    let before = all(&fleet);
    let nothing = |_: Assets<'_>| Err::<Bytes, _>("written again");
    let first = fleet.list(nothing).unwrap();
    // No copy either.
    assert_eq!(fleet.list(nothing).unwrap().as_ptr(), first.as_ptr());
    let patch = json!({ "name": "changed" });
    let patch = patch.as_object().cloned().unwrap();
    let changed = fleet.patch_asset("IN-000002", patch).unwrap();
    assert_eq!(fleet.list(nothing), Err("written again"));
    let after = all(&fleet);
    assert_eq!(after[1], changed);
    assert_eq!([&after[0], &after[2]], [&before[0], &before[2]]);
    assert_eq!(fleet.asset("IN-000002"), Some(changed));
}

#[test]
fn a_refused_patch_changes_nothing() {
    let fleet = Fleet::new(1, 0);
    let before = fleet.asset("IN-000001");
    let patch = json!({ "a": 1, "id": "IN-000002" });
    let patch = patch.as_object().cloned().unwrap();
    let refused = fleet.patch_asset("IN-000001", patch);
    assert_eq!(refused, Err(PatchError::IdIsFixed));
    assert_eq!(fleet.asset("IN-000001"), before);
}
