//! The file store and the memory store behave the same.

use proptest::prelude::*;

use super::*;
use crate::token::store::MemoryStore;

/// An operation of a caller.
#[derive(Clone, Debug)]
enum Step {
    Read {
        key: u8,
    },
    /// Replaces or deletes the revision that was read `back` reads ago; `None` expects that
    /// there is no record.
    Replace {
        key: u8,
        back: Option<prop::sample::Index>,
        deletes: bool,
    },
    /// Continues with a new handle, as another process.
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let back = proptest::option::weighted(0.6, any::<prop::sample::Index>());
    prop_oneof![
        3 => (0..3_u8).prop_map(|key| Step::Read { key }),
        4 => (0..3_u8, back, proptest::bool::weighted(0.3))
            .prop_map(|(key, back, deletes)| Step::Replace { key, back, deletes }),
        1 => Just(Step::Reopen),
    ]
}

/// The revisions of a key in the memory store and in the file store.
type Pair = (TokenKey, Option<Revision>, Option<Revision>);

async fn compare(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let fixture = Fixture::new();
    let memory = MemoryStore::new();
    let mut file = fixture.open();
    let mut read: Vec<Pair> = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
        match step {
            Step::Reopen => file = fixture.open(),
            Step::Read { key: name } => {
                let key = key(&name.to_string());
                prop_assert_eq!(token(&memory, &key).await, token(&file, &key).await);
                let revisions = (
                    memory.read(&key).await.unwrap().map(|found| found.revision),
                    file.read(&key).await.unwrap().map(|found| found.revision),
                );
                read.push((key, revisions.0, revisions.1));
            }
            Step::Replace {
                key: name,
                back,
                deletes,
            } => {
                let key = key(&name.to_string());
                // Revisions are comparable within one key only.
                let own: Vec<_> = read.iter().filter(|(it, ..)| *it == key).collect();
                let (in_memory, in_file) = match back {
                    Some(back) if !own.is_empty() => {
                        let (_, in_memory, in_file) = back.get(&own);
                        (*in_memory, *in_file)
                    }
                    _ => (None, None),
                };
                let new = || record(&number.to_string());
                let (memorys, files) = match (deletes, in_memory, in_file) {
                    (true, Some(in_memory), Some(in_file)) => (
                        memory.delete(&key, in_memory).await,
                        file.delete(&key, in_file).await,
                    ),
                    _ => (
                        memory.replace(&key, in_memory, new()).await,
                        file.replace(&key, in_file, new()).await,
                    ),
                };
                prop_assert_eq!(memorys.unwrap(), files.unwrap());
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_file_store_behaves_as_the_memory_store(steps in proptest::collection::vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(compare(steps))?;
    }
}
