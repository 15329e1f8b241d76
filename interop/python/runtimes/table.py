"""Every Python runtime by the name that serve.py takes. Each imports its library when it is made."""


def checker():
    from .checker import Checker

    return Checker()


def reference():
    from .reference import Reference

    return Reference()


def onnxruntime():
    from .onnxruntime_cpu import OnnxRuntime

    return OnnxRuntime()


def opencv():
    from .opencv_dnn import OpenCv

    return OpenCv()


RUNTIMES = {"checker": checker, "reference": reference, "onnxruntime": onnxruntime, "opencv": opencv}
