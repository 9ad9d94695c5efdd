#pragma once

#include <QStringList>

namespace unfog {

/// The models in these folders and up to three levels below: diffusers folders and .safetensors files of at
/// least a hundred megabytes, smaller ones being parts and add-ons. By path, sorted. Any thread; reads names
/// and sizes only.
QStringList modelsIn(const QStringList& folders);

} // namespace unfog
