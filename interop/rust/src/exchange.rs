//! Tensors between the orchestrator and tract: safetensors files.

use std::collections::BTreeMap;
use std::fs;

use safetensors::tensor::{serialize_to_file, Dtype, SafeTensors, TensorView};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::format_err;

/// Element types that inputs and outputs of exported models have.
const TYPES: [(Dtype, DatumType); 5] = [
    (Dtype::F32, DatumType::F32),
    (Dtype::I64, DatumType::I64),
    (Dtype::I32, DatumType::I32),
    (Dtype::U8, DatumType::U8),
    (Dtype::BOOL, DatumType::Bool),
];

pub fn read(path: &str) -> TractResult<BTreeMap<String, Tensor>> {
    let bytes = fs::read(path)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in SafeTensors::deserialize(&bytes)?.tensors() {
        let (_, datum_type) = *TYPES
            .iter()
            .find(|(dtype, _)| *dtype == view.dtype())
            .ok_or_else(|| format_err!("type {:?} of {name} is not known", view.dtype()))?;
        // Safety: every bit pattern of these types is a value, and bools are written as 0 or 1.
        let tensor = unsafe { Tensor::from_raw_dt(datum_type, view.shape(), view.data())? };
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

pub fn write(path: &str, tensors: &[(String, Arc<Tensor>)]) -> TractResult<()> {
    let mut views = Vec::new();
    for (name, tensor) in tensors {
        let (dtype, _) = *TYPES
            .iter()
            .find(|(_, datum_type)| *datum_type == tensor.datum_type())
            .ok_or_else(|| format_err!("type {:?} of {name} is not known", tensor.datum_type()))?;
        views.push((name, TensorView::new(dtype, tensor.shape().to_vec(), tensor.as_bytes())?));
    }
    serialize_to_file(views, None, path.as_ref())?;
    Ok(())
}
