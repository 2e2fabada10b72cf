//! The assets. `description` and the telemetry names are the vendor's; the other members are
//! plausible, no more.

use serde_json::{Map, Value, json};

use super::Object;
use super::places::SITE_COUNT;
use crate::calendar::iso_8601;
use crate::random::Random;

/// 2026-01-15T12:00:00Z: the fleet does not age, so that every run sees the same.
const LAST_SEEN_AT_MOST: u64 = 1_768_478_400;

/// Type, make, model.
const MODELS: [(&str, &str, &str); 6] = [
    ("Truck", "Norlund", "Hauler 480"),
    ("Truck", "Norlund", "Hauler 560"),
    ("Excavator", "Teramak", "TX 210"),
    ("Generator", "Voltara", "G 60"),
    ("Trailer", "Kestrel", "Flatbed 12"),
    ("Lighting tower", "Voltara", "L 9"),
];
const TAGS: [&str; 5] = ["hire", "night shift", "fuel watch", "overdue", "spare"];

/// The id of the asset with this number.
pub(crate) fn id(number: usize) -> String {
    format!("IN-{number:06}")
}

/// The asset with this number; it does not depend on the size of the fleet.
pub(crate) fn asset(number: usize, seed: u64) -> Object {
    let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let (asset_type, make, model) = random.pick(&MODELS);
    let mut asset = Map::new();
    let mut set = |name: &str, value: Value| asset.insert(name.to_owned(), value);

    set("id", json!(id(number)));
    set("name", json!(format!("{asset_type} {number}")));
    set("assetType", json!(asset_type));
    set("make", json!(make));
    set("model", json!(model));
    set("status", json!(random.pick(&["Active", "Idle", "Offline"])));
    set(
        "description",
        if random.percent(20) {
            Value::Null
        } else {
            json!(format!("{make} {model}, made up"))
        },
    );
    // What real services do: an unknown value is not sent at all. So many are left out
    // that an asset has 200 bytes on average.
    if random.percent(60) {
        let site = random.below(SITE_COUNT) + 1;
        set("siteId", json!(format!("IN-SITE-{site:06}")));
    }
    if random.percent(25) {
        set("tags", tags(&mut random));
    }
    if random.percent(20) {
        set("telemetry", telemetry(&mut random));
        let age = random.below(14 * 86_400);
        set("lastSeen", json!(iso_8601(LAST_SEEN_AT_MOST - age)));
    }
    asset
}

fn tags(random: &mut Random) -> Value {
    TAGS.iter()
        .filter(|_| random.percent(25))
        .copied()
        .collect()
}

fn telemetry(random: &mut Random) -> Value {
    let mut telemetry = json!({
        "crankingVoltage": tenths(random, 90, 130),
        "externalBatteryVoltage": tenths(random, 118, 144),
    });
    if let Some(values) = telemetry.as_object_mut() {
        if random.percent(75) {
            let temperature = random.below(80) + 20;
            values.insert("engineCoolantTemp".to_owned(), json!(temperature));
        }
        if random.percent(75) {
            values.insert("fuelLevelPct".to_owned(), json!(random.below(101)));
        }
    }
    telemetry
}

fn tenths(random: &mut Random, from: u32, to: u32) -> f64 {
    let tenths = random.below(u64::from(to - from)) + u64::from(from);
    u32::try_from(tenths).map_or(0.0, f64::from) / 10.0
}
