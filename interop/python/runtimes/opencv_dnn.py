import cv2
import onnx

from .exchange import read_inputs, write_outputs


class OpenCv:
    """OpenCV's DNN module on the CPU."""

    version = f"OpenCV {cv2.__version__}"

    def run(self, model, run):
        net = cv2.dnn.readNetFromONNX(model)
        for name, value in read_inputs(run).items():
            net.setInput(value, name)
        # OpenCV does not tell the names of outputs.
        names = [output.name for output in onnx.load(model, load_external_data=False).graph.output]
        write_outputs(run, names, net.forward(names))
