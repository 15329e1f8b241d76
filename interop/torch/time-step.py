"""Times a PyTorch training step of masked frequency modelling, of the same model, weights, images and masks as `pnpm bench pytorch`: JSON on standard output.

Argument: a JSON file as bench/src/pytorch/pytorch.ts writes it. A plain eager program in fp32, as one would write it
today: fused attention, fused AdamW, denormals flushed; with "compile", by torch.compile. The frequency transforms are the official code's: fft2 of prediction and target.
"""

import json
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-12
NOT_DECAYED = {"encoder.pos_embed", "encoder.cls_token"}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    types = {"F32": np.float32, "U8": np.uint8}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        array = np.frombuffer(data[start:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        n, length, width = x.shape
        bias = torch.cat([self.q_bias, torch.zeros_like(self.v_bias), self.v_bias])
        qkv = F.linear(x, self.qkv.weight, bias).reshape(n, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, length, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, patch)

    def forward(self, images):
        return self.proj(images).flatten(2).transpose(1, 2)


class Vit(nn.Module):
    def __init__(self, config, size):
        super().__init__()
        width, patch = config["embedDim"], config["patchSize"]
        grid = size // patch
        self.width, self.stride, self.grid = width, patch, grid
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, grid * grid + 1, width))
        self.patch_embed = PatchEmbedding(width, patch)
        hidden = int(width * config["mlpRatio"])
        self.blocks = nn.ModuleList(Block(width, config["numHeads"], hidden) for _ in range(config["depth"]))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, images):
        patches = self.patch_embed(images)
        x = torch.cat([self.cls_token.expand(len(images), -1, -1), patches], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 1:].transpose(1, 2).reshape(len(images), self.width, self.grid, self.grid)


class Resnet(nn.Module):
    """torchvision's, without its classifier; of any image size."""

    def __init__(self, config, _):
        super().__init__()
        from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

        block = Bottleneck if config["block"] == "bottleneck" else BasicBlock
        whole = ResNet(block, config["layers"])
        self.width, self.stride = 512 * block.expansion, 32
        for name, child in whole.named_children():
            if name not in ("avgpool", "fc"):
                self.add_module(name, child)

    def forward(self, images):
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class Mfm(nn.Module):
    def __init__(self, config):
        super().__init__()
        encoders = {"vit": Vit, "resnet": Resnet}
        self.encoder = encoders[config["encoder"]["type"]](config["encoder"], config["imageSize"])
        stride = self.encoder.stride
        self.decoder = nn.Sequential(nn.Conv2d(self.encoder.width, 3 * stride * stride, 1), nn.PixelShuffle(stride))
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(config[name]).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, pixels, mask):
        images = pixels.permute(0, 3, 1, 2).float() / 255
        kept = mask[:, None].float()
        spectrum = torch.fft.fftshift(torch.fft.fft2(images), dim=(-2, -1)) * kept
        corrupted = torch.fft.ifft2(torch.fft.ifftshift(spectrum, dim=(-2, -1))).real.clamp(0, 1)
        target = (images - self.mean) / self.std
        prediction = self.decoder(self.encoder((corrupted - self.mean) / self.std))

        def transform(x):
            y = torch.fft.fftshift(torch.fft.fft2(x, norm="ortho"), dim=(-2, -1))
            return torch.stack([y.real, y.imag], -1)

        distance = ((transform(prediction) - transform(target)) ** 2).sum(-1).add(EPSILON).sqrt()
        masked = 1 - kept
        return (distance * masked).sum() / masked.sum() / 3


def main():
    with open(sys.argv[1]) as file:
        case = json.load(file)
    torch.set_num_threads(case["threads"])
    torch.set_flush_denormal(True)
    weights, batch = read_safetensors(case["parameters"]), read_safetensors(case["batch"])
    model = Mfm(case["model"])
    # A fixed position embedding is no parameter to train.
    fixed = set(case["fixed"])
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        sys.exit(f"the models differ: missing {missing}, unexpected {unexpected}")
    trained = {name: p for name, p in model.named_parameters() if name not in fixed}
    for name in fixed:
        model.get_parameter(name).requires_grad_(False)
    decayed = [p for n, p in trained.items() if p.ndim > 1 and not n.endswith(".bias") and n not in NOT_DECAYED]
    others = [p for p in trained.values() if not any(p is q for q in decayed)]
    optimiser = case["optimiser"]
    groups = [{"params": decayed, "weight_decay": optimiser["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(
        groups, lr=case["learningRate"], betas=tuple(optimiser["betas"]), eps=optimiser["epsilon"], fused=True
    )
    loss_of = torch.compile(model) if case["compile"] else model
    pixels, mask = batch["pixels"], batch["mask"]
    seconds, losses = [], []
    for _ in range(case["warmup"] + case["runs"]):
        begun = time.perf_counter()
        adamw.zero_grad(set_to_none=True)
        loss = loss_of(pixels, mask)
        loss.backward()
        if optimiser["clipGrad"]:
            nn.utils.clip_grad_norm_(trained.values(), optimiser["clipGrad"])
        adamw.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - begun)
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "parameters": sum(p.numel() for p in trained.values()),
                "losses": losses,
                "seconds": seconds[case["warmup"] :],
            }
        )
    )


main()
