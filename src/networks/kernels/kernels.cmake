# The kernels of the networks, compiled once per instruction set; the program picks one when it runs.
set(kernel_sources kernels/kernels.cpp kernels/kernels_matrix.cpp kernels/kernels_portable.cpp
    kernels/kernels_switches.cpp kernels/kernels_threads.cpp kernels/kernels_winograd.cpp
    layers/activations.cpp layers/attention.cpp layers/attention_gradient.cpp)
set(kernel_flags "-O3 -ffp-contract=fast")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND kernel_sources kernels/kernels_avx2.cpp kernels/kernels_avx512.cpp)
    set_source_files_properties(kernels/kernels_avx2.cpp PROPERTIES COMPILE_FLAGS "${kernel_flags} -mavx2 -mfma -mf16c")
    set_source_files_properties(kernels/kernels_avx512.cpp PROPERTIES COMPILE_FLAGS
        "${kernel_flags} -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx2 -mfma")
    set_source_files_properties(kernels/kernels.cpp PROPERTIES COMPILE_DEFINITIONS UNFOG_X86_KERNELS=1)
endif()
set_source_files_properties(kernels/kernels_portable.cpp PROPERTIES COMPILE_FLAGS "${kernel_flags}")
set_source_files_properties(kernels/kernels.cpp kernels/kernels_portable.cpp kernels/kernels_avx2.cpp
    kernels/kernels_avx512.cpp kernels/kernels_threads.cpp
    PROPERTIES SKIP_PRECOMPILE_HEADERS ON)

# at::parallel_for is compiled into its caller, and without OpenMP there it runs on one thread.
find_package(OpenMP COMPONENTS CXX)
if(OpenMP_CXX_FOUND)
    set_source_files_properties(kernels/kernels_threads.cpp PROPERTIES COMPILE_FLAGS "${OpenMP_CXX_FLAGS}")
else()
    message(WARNING "No OpenMP: the networks will compute on one thread on the CPU")
endif()
