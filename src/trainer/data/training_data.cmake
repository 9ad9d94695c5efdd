# Free of Torch: where pictures and vocabularies come from.
unfog_library(unfog_training_data trainer
    SOURCES
        data/packed_pictures.cpp
        training/bpe_trainer.cpp
    DEPENDS unfog_safetensors unfog_tokenizer unfog_generation)
