//! A model in tract: loaded for the shapes of the inputs that it is given, optimised, run once.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::format_err;

use crate::{exchange, Run};

pub fn run(path: &str, run: &Run) -> TractResult<()> {
    let mut feeds = exchange::read(&run.inputs)?;
    let onnx = tract_onnx::onnx();
    let graph = onnx.proto_model_for_path(path)?.graph;
    let outputs: Vec<String> = graph.into_iter().flat_map(|graph| graph.output).map(|output| output.name).collect();

    let mut model = onnx.model_for_path(path)?;
    let mut values = TVec::new();
    for (index, outlet) in model.input_outlets()?.to_vec().into_iter().enumerate() {
        let name = model.node(outlet.node).name.clone();
        let value = feeds.remove(&name).ok_or_else(|| format_err!("input {name} is not fed"))?;
        model.set_input_fact(index, InferenceFact::dt_shape(value.datum_type(), value.shape()))?;
        values.push(value.into_tvalue());
    }
    let results = model.into_optimized()?.into_runnable()?.run(values)?;

    let named: Vec<_> = outputs.into_iter().zip(results.into_iter().map(|value| value.into_arc_tensor())).collect();
    exchange::write(&run.outputs, &named)
}
