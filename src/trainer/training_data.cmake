# Free of Torch: where pictures and vocabularies come from.
unfog_library(unfog_training_data trainer
    SOURCES
        bpe_trainer.cpp
        packed_pictures.cpp
    DEPENDS unfog_safetensors unfog_tokenizer unfog_generation)
