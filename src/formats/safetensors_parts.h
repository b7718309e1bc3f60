/* The words of the safetensors format, for the files that read it and write it. */
#ifndef BILENS_FORMATS_SAFETENSORS_PARTS_H
#define BILENS_FORMATS_SAFETENSORS_PARTS_H

#define SAFETENSORS_METADATA "__metadata__"
#define SAFETENSORS_DTYPE "dtype"
#define SAFETENSORS_SHAPE "shape"
#define SAFETENSORS_OFFSETS "data_offsets"
/* The key of the metadata that bilens writes and reads. */
#define SAFETENSORS_OWN "bilens"

#endif
