//! Runs ONNX models in tract. Requests come as lines of JSON on standard input and are answered by lines of JSON on standard
//! output; see ../../README.md, "Protocol".

mod exchange;
mod model;

use std::io::{stdin, stdout, BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request {
    id: u64,
    model: String,
    runs: Vec<Run>,
}

/// One run of the model: paths of safetensors files.
#[derive(Deserialize)]
pub struct Run {
    pub inputs: String,
    pub outputs: String,
}

#[derive(Serialize)]
struct Answer {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn answer(request: &Request) -> Result<(), String> {
    for run in &request.runs {
        // A panic within tract is an answer like any other error.
        catch_unwind(AssertUnwindSafe(|| model::run(&request.model, run)))
            .map_err(|panic| match panic.downcast_ref::<String>() {
                Some(text) => format!("panic: {text}"),
                None => format!("panic: {}", panic.downcast_ref::<&str>().unwrap_or(&"")),
            })?
            .map_err(|error| format!("{error:#}"))?;
    }
    Ok(())
}

fn print(message: &impl Serialize) {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, message).expect("a message is plain data");
    writeln!(out).and_then(|()| out.flush()).expect("the orchestrator reads on");
}

fn main() {
    print(&serde_json::json!({ "version": format!("tract {}", env!("TRACT_VERSION")) }));
    for line in stdin().lock().lines() {
        let line = line.expect("standard input must be readable");
        let request: Request = serde_json::from_str(&line).expect("a request must follow the protocol");
        print(&Answer { id: request.id, error: answer(&request).err() });
    }
}
