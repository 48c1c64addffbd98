//! Each call to Cloudflare going wrong once: where a deployment stops, what it says, and how the next run goes on.
//!
//! All calls in all ways take an hour. A run of the tests takes some, spread over all; `DEPLOY_FAULTS=all` takes all,
//! `DEPLOY_FAULTS=3,7` these, and the test prints how many runs there were.

use tests::cloudflare::{How, Which};
use tests::project::{DEPLOYED, REDEPLOYED, Spec};
use tests::world::World;

use crate::project::{ADMIN, Copy, KEY, Run};

const DATABASE: &str = "deployed-db";
const WORKER: &str = "deployed";

/// How a call goes wrong. Wrangler itself tries some calls again after the first two.
const WAYS: [How; 3] = [How::Status(500), How::DropAnswer, How::Status(403)];

/// How many calls of each deployment go wrong, unless all do.
const SAMPLE: usize = 3;

/// A deployment that can go wrong anywhere.
struct Scenario {
    /// What is deployed at last.
    spec: Spec,
    /// How many migrations its database has then.
    migrations: usize,
}

/// The first one.
const FIRST: Scenario = Scenario { spec: DEPLOYED, migrations: 1 };

/// A later one, with a migration and a new secret.
const LATER: Scenario = Scenario { spec: REDEPLOYED, migrations: 2 };

#[tokio::test(flavor = "multi_thread")]
async fn the_first_deployment_goes_on_wherever_it_stopped() {
    FIRST.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_deployment_goes_on_wherever_it_stopped() {
    LATER.goes_on().await;
}

impl Scenario {
    async fn goes_on(&self) {
        let worlds = Worlds::start(self.spec).await;
        let copy = self.ready(&worlds).await;
        let before = copy.cloudflare.calls().len();
        deploy(&copy, &worlds.after).expect(0, &[]);
        let calls = copy.cloudflare.calls().len() - before;
        self.is_done(&copy);
        let mut stopped = 0;
        let faults = faults(calls);
        for &(ordinal, how) in &faults {
            stopped += usize::from(self.goes_on_after(ordinal, how, &worlds).await);
        }
        let runs = faults.len();
        println!("{}: {calls} calls, {runs} runs, of which {stopped} stopped and went on", self.spec.name);
    }

    /// Whether the first run stopped.
    async fn goes_on_after(&self, ordinal: usize, how: How, worlds: &Worlds) -> bool {
        let copy = self.ready(worlds).await;
        let before = copy.cloudflare.calls().len();
        copy.cloudflare.fail(Which::Nth(ordinal), how);
        let run = deploy(&copy, &worlds.after);
        let calls = copy.cloudflare.calls();
        let call = calls.get(before + ordinal).expect("as many calls as the first time");
        println!("{ordinal} {how:?} {} {}: exit code {:?}", call.method, call.path, run.code);
        // Wrangler may have tried again by itself, or done without.
        let stopped = run.code != Some(0);
        if stopped {
            let says = if run.said.contains("Not done:") {
                &["error: ", "Done:", "Not done:", "Go on:", "Go back:"][..]
            } else {
                &["error: ", "nothing was changed"]
            };
            run.expect(2, says);
            copy.cloudflare.mend();
            deploy(&copy, &worlds.after).expect(0, &[]);
        }
        self.is_done(&copy);
        stopped
    }

    /// A project that is about to be deployed like this.
    async fn ready(&self, worlds: &Worlds) -> Copy {
        let copy = Copy::new(DEPLOYED).await;
        if self.spec != DEPLOYED {
            deploy(&copy, &worlds.before).expect(0, &[]);
            copy.edit(self.spec).await;
        }
        copy
    }

    /// Whether everything was done, and nothing twice.
    #[track_caller]
    fn is_done(&self, copy: &Copy) {
        let cloudflare = &copy.cloudflare;
        assert_eq!(cloudflare.databases(DATABASE).len(), 1);
        let ledger =
            cloudflare.ask(DATABASE, "SELECT name FROM d1_migrations ORDER BY id").unwrap_or_default();
        assert_eq!(ledger.len(), self.migrations, "{ledger:?}");
        let secrets = [ADMIN, KEY].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(cloudflare.secrets(WORKER), secrets[..self.migrations]);
        assert_eq!(cloudflare.running(WORKER), cloudflare.versions(WORKER).pop());
        assert!(cloudflare.is_reached(WORKER), "nobody reaches it");
        assert_eq!(cloudflare.complaints(), Vec::<String>::new());
        // The next run sees it, too.
        let before = cloudflare.calls().len();
        copy.run(&["deploy"], &[]).expect(0, &["Nothing to do"]);
        assert!(cloudflare.calls()[before..].iter().all(|call| call.only_reads()));
    }
}

/// The workers that answer where what is deployed is reached.
struct Worlds {
    /// Of the first version.
    before: String,
    /// Of what is deployed at last.
    after: String,
    _running: Vec<World>,
}

impl Worlds {
    async fn start(spec: Spec) -> Self {
        let mut running = vec![World::start_of(DEPLOYED).await];
        if spec != DEPLOYED {
            running.push(World::start_of(spec).await);
        }
        let url = |world: Option<&World>| world.map(|it| it.url("")).unwrap_or_default();
        Self { before: url(running.first()), after: url(running.last()), _running: running }
    }
}

/// Deploys; where the worker is reached, one of this machine answers.
fn deploy(copy: &Copy, url: &str) -> Run {
    copy.run(&["deploy", "--yes", "--url", url], &[ADMIN, KEY])
}

/// Which of so many calls go wrong, and how.
fn faults(calls: usize) -> Vec<(usize, How)> {
    let wanted = std::env::var("DEPLOY_FAULTS").unwrap_or_default();
    let in_all_ways = |ordinal| WAYS.map(|how| (ordinal, how));
    if wanted == "all" {
        return (0..calls).flat_map(in_all_ways).collect();
    }
    let named: Vec<usize> = wanted.split(',').filter_map(|it| it.parse().ok()).collect();
    if !named.is_empty() {
        return named.into_iter().filter(|it| *it < calls).flat_map(in_all_ways).collect();
    }
    let spread = (0..SAMPLE).map(|at| (at * 2 + 1) * calls / (SAMPLE * 2));
    spread.zip(WAYS).collect()
}
