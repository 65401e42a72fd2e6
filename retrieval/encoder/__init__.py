"""Text to vectors: any sentence-transformers model, compiled once to ONNX and served without torch.

`load_encoder(settings)` in `load.py` is the door for the serving process; `prepare_models` in `compile.py` is the door
for set-up and the only part that needs torch.
"""
