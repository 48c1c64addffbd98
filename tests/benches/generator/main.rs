//! How fast the generator is and how much memory it takes, beside drizzle-kit on the same schema, and how both grow
//! with the schema.
//!
//! ```sh
//! cargo bench -p tests --bench generator
//! cargo bench -p tests --bench generator -- --runs 9 --json
//! ```
//! Measures whole processes, as a user waits for them: the release binary of the generator, and
//! `drizzle-kit generate` for SQLite, both under node itself and as one types it, by `npx`. They take turns, so that
//! what else the machine does meets all. Numbers are for reading: nothing here fails because it is slow.

mod measure;
mod report;
mod schema;
mod subject;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use generator::progress::Progress;
use generator::project::Project;

use measure::{Figures, Measured};
use report::{Growth, Report, Row};
use schema::Schema;
use subject::{Scenario, Subject};

/// The tables of the comparison.
const TABLES: u32 = 200;

/// The tables of the generator's growth.
const SIZES: [u32; 5] = [10, 100, 200, 500, 1000];

/// Measures the generator beside drizzle-kit.
#[derive(Parser)]
struct Arguments {
    /// How often each is run; medians are shown.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Print one JSON object and no tables.
    #[arg(long)]
    json: bool,
    /// Only the generator, without drizzle-kit.
    #[arg(long)]
    alone: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let project = Project::at(tests::world::root());
    let progress = Progress::of_work();
    let mut subjects = vec![subject::generator(&project, &progress)?];
    if !arguments.alone {
        subjects.extend(subject::drizzle_kit(&project, &progress)?);
    }
    let names = subjects.iter().map(|it| it.name.clone()).collect();
    let mut report = Report::new(arguments.runs, TABLES, names);
    for scenario in Scenario::ALL {
        let step = progress.step(format!("{TABLES} tables, {scenario}"));
        let figures = compare(&subjects, scenario, TABLES, arguments.runs)?;
        step.done();
        report.rows.push(Row { scenario, figures });
    }
    for tables in SIZES {
        let step = progress.step(format!("{tables} tables"));
        let alone = |scenario| Ok(compare(&subjects[..1], scenario, tables, arguments.runs)?.remove(0));
        let figures = Scenario::ALL.map(alone).into_iter().collect::<Result<_, Box<dyn Error>>>()?;
        step.done();
        report.growth.push(Growth { tables, figures });
    }
    print!("{}", if arguments.json { report.json() } else { report.text() });
    Ok(())
}

/// The figures of each subject on the same schema, taken in turns.
fn compare(
    subjects: &[Subject],
    scenario: Scenario,
    tables: u32,
    runs: u32,
) -> Result<Vec<Figures>, Box<dyn Error>> {
    let schema = Schema { tables };
    let stages = subjects.iter().map(|it| it.stage(scenario, schema)).collect::<Result<Vec<_>, _>>()?;
    let mut measured: Vec<Vec<Measured>> = vec![Vec::new(); stages.len()];
    for _ in 0..runs {
        for (stage, measured) in stages.iter().zip(&mut measured) {
            measured.push(stage.run()?);
        }
    }
    Ok(measured.iter().map(|it| Figures::of(it)).collect())
}
