# embed.cmake - writes a C file with the bytes of the images; run by cmake -P.
#
#     OUTPUT                           the file to write
#     IMAGE_64, IMAGE_32, BOOT_SECTOR  files; of one that is not given there are no bytes

set(text "/* Made by guest/embed.cmake. */\n#include \"validate/images.h\"\n")

function(embed variable name file)
    set(bytes NULL)
    set(size 0)
    if(file)
        file(READ ${file} hex HEX)
        string(LENGTH ${hex} size)
        math(EXPR size "${size} / 2")
        string(REGEX REPLACE "(..)" "0x\\1," hex ${hex})
        string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" hex ${hex})
        set(bytes bytes_of_${variable})
        string(APPEND text "\nstatic const uint8_t ${bytes}[${size}] = {\n${hex}};\n")
    endif()
    string(APPEND text
           "\nconst struct probe_image probe_${variable} = { \"${name}\", ${bytes}, ${size} };\n")
    set(text "${text}" PARENT_SCOPE)
endfunction()

embed(image_64 64 "${IMAGE_64}")
embed(image_32 32 "${IMAGE_32}")
embed(boot_sector "boot sector" "${BOOT_SECTOR}")
file(WRITE ${OUTPUT} "${text}")
