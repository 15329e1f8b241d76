// ONNX Runtime 1.30 reports to Microsoft by default on every platform but the browser, and keeps a device identifier on disk.
// The variable must be set before its library is loaded, so this file is imported first. Set it to 0 to keep the reports.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

export {};
